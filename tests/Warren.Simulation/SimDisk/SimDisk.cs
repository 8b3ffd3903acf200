using Warren.Store;

namespace Warren.Simulation;

/// <summary>
/// A folder on a disk that exists only in memory, exact to the octet: it knows what is durable and what is not yet, and can stop at any operation, lose what was
/// not synced in all the ways that disks do, fail, lie and rot. The machine that uses it comes and goes (<see cref="Crash(CrashKind, IChoices)"/>,
/// <see cref="Kill"/>); the disk remains.
/// </summary>
public sealed class SimDisk : IDisk
{
    private readonly SimDirectory _directory;
    private int _life; // A handle of an earlier life of the machine is dead.
    private bool _isLocked;
    private bool _isCut;

    public SimDisk() : this(new SimDirectory())
    {
    }

    private SimDisk(SimDirectory directory) => _directory = directory;

    public SimFaults Faults { get; private set; } = new();

    /// <summary>How many operations that change something the machine has done or tried, in all its lives.</summary>
    public long Operations { get; private set; }

    /// <summary>Calls of sync, of files and of the folder.</summary>
    public long Syncs { get; private set; }

    public string Folder => "/sim";

    public long FreeOctets => Math.Max(0, Faults.SpaceOctets - _directory.Octets);

    /// <summary>Octets of all files.</summary>
    public long UsedOctets => _directory.Octets;

    /// <summary>How many operations a power cut now could lose, each by itself.</summary>
    public int Unsynced => _directory.UnsyncedOperations;

    /// <summary>A disk of the same contents, without its faults, with which one can try something.</summary>
    public SimDisk Copy() => new(_directory.Copy());

    public IReadOnlyList<string> List()
    {
        Live();
        return _directory.Names;
    }

    public IDiskFile Create(string name)
    {
        Operate();
        if (_directory.Find(name) is not null)
            throw Failure("open", name, 17, "File exists");
        var inode = new SimInode();
        _directory.Do(new SimEntry(name, inode, null));
        return new SimFile(this, name, inode, _life);
    }

    public IDiskFile Open(string name)
    {
        Live();
        return new SimFile(this, name, Find(name, "open"), _life);
    }

    public void Rename(string from, string to)
    {
        Operate();
        _directory.Do(new SimEntry(to, Find(from, "rename"), from));
    }

    public void Unlink(string name)
    {
        Operate();
        _ = Find(name, "unlink");
        _directory.Do(new SimEntry(name, null, null));
    }

    public void SyncDirectory()
    {
        Operate();
        Syncs++;
        if (Faults.SyncsLie)
            return;
        if (Faults.FailingSyncs > 0)
        {
            Faults.FailingSyncs--;
            throw Failure("fsync", Folder, Faults.SyncErrno, "as told");
        }
        _directory.Sync();
    }

    public IDisposable Lock(string name)
    {
        Live();
        if (_isLocked)
            throw new FolderInUseException(Folder);
        _isLocked = true;
        return new SimLock(this, _life);
    }

    /// <summary>The machine loses its power, and what was not synced is lost or not, in one of the ways there are, file by file; and starts again.</summary>
    public void Crash(IChoices choices)
    {
        _directory.LoseEntries(_ => choices.Next(2) == 0);
        foreach (var inode in _directory.Inodes)
            inode.Settle(SimCrash.Remains(inode, (CrashKind)choices.Next(Enum.GetValues<CrashKind>().Length), choices));
        Restart();
    }

    /// <summary>The machine loses its power, all files alike; of the operations on the folder those of <see cref="CrashKind.KeepNone"/> are lost.</summary>
    public void Crash(CrashKind kind, IChoices choices)
    {
        _directory.LoseEntries(_ => kind != CrashKind.KeepNone && (kind == CrashKind.KeepAll || choices.Next(2) == 0));
        foreach (var inode in _directory.Inodes)
            inode.Settle(SimCrash.Remains(inode, kind, choices));
        Restart();
    }

    /// <summary>The machine loses its power, and just these of the unsynced operations are lost, counted over the folder first and then over its files.</summary>
    public void CrashWithout(params ReadOnlySpan<int> lost)
    {
        var lostOnes = lost.ToArray();
        var entries = _directory.UnsyncedEntries;
        var number = entries;
        var inodes = _directory.Inodes.ToList();
        foreach (var inode in inodes)
        {
            var octets = new SimOctets(inode.Durable);
            foreach (var operation in inode.Unsynced)
            {
                if (!lostOnes.Contains(number++))
                    octets.Apply(operation);
            }
            inode.Settle(octets);
        }
        _directory.LoseEntries(entry => !lostOnes.Contains(entry));
        Restart();
    }

    /// <summary>The process is killed; the machine goes on, and with it all that the system has in memory.</summary>
    public void Kill() => Restart();

    /// <summary>Stops the machine now: every call fails until it starts again.</summary>
    public void Cut() => _isCut = true;

    /// <summary>Inverts a bit of a file, as time does.</summary>
    public void FlipBit(string name, long offset, int bit) => Rot(name, octets => octets[(int)offset] ^= (byte)(1 << bit));

    /// <summary>Changes octets of a file behind everybody's back.</summary>
    public void Rot(string name, Action<Span<byte>> change)
    {
        var inode = Find(name, "rot");
        change(inode.Seen.Span);
        change(inode.Durable.Span);
    }

    /// <summary>Cuts a file off behind everybody's back.</summary>
    public void CutOff(string name, long octets)
    {
        var inode = Find(name, "rot");
        inode.Seen.Resize(octets);
        inode.Durable.Resize(octets);
    }

    /// <summary>Makes octets of a file unreadable: EIO.</summary>
    public void MakeUnreadable(string name, long offset, long octets) => Find(name, "rot").Unreadable.Add((offset, offset + octets));

    /// <summary>Takes a file away behind everybody's back.</summary>
    public void Remove(string name)
    {
        _directory.Do(new SimEntry(name, null, null));
        _directory.Sync();
    }

    /// <summary>The octets of a file, as readers see them.</summary>
    public byte[] Octets(string name) => Find(name, "look").Seen.Span.ToArray();

    /// <summary>Makes or replaces a file, durably, behind everybody's back.</summary>
    public void Put(string name, ReadOnlySpan<byte> octets)
    {
        var inode = new SimInode();
        inode.Do(SimOperation.Write(0, octets.ToArray()));
        inode.Sync();
        _directory.Do(new SimEntry(name, inode, null));
        _directory.Sync();
    }

    internal void Live(int life = -1)
    {
        if (_isCut || (life >= 0 && life != _life))
            throw new PowerCutException();
    }

    internal void Operate(int life = -1)
    {
        Live(life);
        if (Operations >= Faults.CutAt)
        {
            _isCut = true;
            throw new PowerCutException();
        }
        Operations++;
    }

    internal void CountSync() => Syncs++;

    internal static DiskException Failure(string operation, string name, int errno, string words) => new(operation, name, errno, words);

    internal void Unlock(int life)
    {
        if (life == _life)
            _isLocked = false;
    }

    private SimInode Find(string name, string operation) => _directory.Find(name) ?? throw Failure(operation, name, 2, "No such file or directory");

    private void Restart()
    {
        _life++;
        _isLocked = _isCut = false;
        Faults = new SimFaults();
    }

    private sealed class SimLock(SimDisk disk, int life) : IDisposable
    {
        public void Dispose() => disk.Unlock(life);
    }
}
