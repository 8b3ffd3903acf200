using Warren.Engine;
using Warren.Store;

namespace Warren.Broker;

/// <summary>
/// The one journal of a broker, which all its virtual hosts share. Owned by the turn, but for <see cref="News"/>, where the writer's thread puts down what it has to say.
/// </summary>
internal sealed class BrokerJournal : IDisposable
{
    /// <summary>The kind of the host's own record, what is defined; the kinds below it are the engine's.</summary>
    public const byte DefinitionsKind = 128;

    // What is defined is the first record of every folder, and keeps its id while it is replaced.
    private const ulong FirstId = 1;

    private const int ReadAheadOctets = 256 * 1024;

    private readonly Journal _journal;
    private readonly List<EngineJournal> _awaiting = [];
    private readonly RecordBuffer _record = new();
    private readonly ReadAhead _ahead = new(ReadAheadOctets);
    private JournalThread? _thread;
    private ulong _definitionsId;
    private ulong _strayId; // Of what is defined, where it was written behind a first record that was damaged; 0 where it was not.
    private long _sealed;

    private BrokerJournal(Journal journal, JournalNews news, long openedAt) => (_journal, News, OpenedAt) = (journal, news, openedAt);

    /// <summary>The timestamp at which opening began.</summary>
    public long OpenedAt { get; }

    /// <summary>What the writer has to say.</summary>
    public JournalNews News { get; }

    /// <summary>What writes, for tests that let it run by hand in the place of <see cref="Start"/>.</summary>
    public JournalWriter Writer => _journal.Writer;

    /// <summary>What was found when the folder was opened.</summary>
    public Store.RecoveryReport Found => _journal.Report;

    /// <summary>How many records live.</summary>
    public long LiveRecords => _journal.LiveRecords;

    /// <summary>The position of what was appended last.</summary>
    public long Position => _journal.Position;

    /// <summary>The largest number that was given to a virtual host.</summary>
    public uint LastNumber { get; private set; }

    /// <summary>True while something that was sealed is not on disk; from any thread.</summary>
    public bool IsAwaited => Volatile.Read(ref _sealed) > News.PersistedPosition;

    /// <summary>True when so much waits for the disk that nobody should publish more.</summary>
    public bool IsFull => _journal.IsFull;

    /// <summary>Takes the folder and reads what is in it.</summary>
    /// <exception cref="JournalException">The folder cannot be used.</exception>
    /// <exception cref="DiskException">The disk does not do its work.</exception>
    public static BrokerJournal Open(IDisk disk, JournalOptions options)
    {
        var openedAt = System.Diagnostics.Stopwatch.GetTimestamp();
        var news = new JournalNews();
        return new BrokerJournal(Journal.Open(disk, options, news), news, openedAt);
    }

    /// <summary>The journal of a virtual host that is new.</summary>
    public EngineJournal For() => For(LastNumber + 1);

    /// <summary>The journal of a virtual host that was there before.</summary>
    public EngineJournal For(uint number)
    {
        See(number);
        return new EngineJournal(this, number);
    }

    /// <summary>This number was given to somebody once.</summary>
    public void See(uint number) => LastNumber = Math.Max(LastNumber, number);

    /// <summary>From now on what is sealed is written.</summary>
    public void Start() => _thread = new JournalThread(_journal);

    public ulong Add(byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => _journal.Add(kind, head, body);

    public void Replace(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => _journal.Replace(id, kind, head, body);

    public void Remove(ulong id) => _journal.Remove(id);

    /// <summary>Reads a record that lives and is on disk.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="octets">Head and body as one; valid until the next call.</param>
    /// <returns>False when it cannot be read; the log is told.</returns>
    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets)
    {
        octets = default;
        try
        {
            if (!_journal.TryRead(id, _record, _ahead))
                return false;
            octets = _record.Contents;
            return true;
        }
        catch (RecordDamagedException e)
        {
            News.Damaged(new Damage(e.File, e.Offset, 0, e.Message, id, 1));
            return false;
        }
    }

    /// <summary>The engine has appended something: it hears when that is on disk.</summary>
    public void Await(EngineJournal engine)
    {
        engine.IsAwaited = true;
        _awaiting.Add(engine);
    }

    /// <summary>Tells every engine that waits how far the disk is.</summary>
    public void Reach(long position, DateTimeOffset now)
    {
        for (var i = _awaiting.Count - 1; i >= 0; i--)
        {
            var engine = _awaiting[i];
            engine.Host.Step(Command.Persisted(position), now); // It may append again.
            if (engine.Position > position)
                continue;
            engine.IsAwaited = false;
            _awaiting[i] = _awaiting[^1];
            _awaiting.RemoveAt(_awaiting.Count - 1);
        }
    }

    /// <summary>Ends the batch: what was appended may be written.</summary>
    /// <returns>False when nothing was.</returns>
    public bool Seal()
    {
        if (_journal.Position == _sealed)
            return false;
        Volatile.Write(ref _sealed, _journal.Position);
        _journal.Seal();
        return true;
    }

    /// <summary>Keeps what is defined, in the place of what was kept of it before.</summary>
    public void PutDefinitions(ReadOnlySpan<byte> octets)
    {
        if (_definitionsId == 0)
            _definitionsId = _journal.Add(DefinitionsKind, default, octets);
        else
            _journal.Replace(_definitionsId, DefinitionsKind, default, octets);
        if (_strayId != 0)
            _journal.Remove(_strayId);
        _strayId = 0;
    }

    /// <summary>What is defined; null when nothing is kept of it. Before the first append.</summary>
    public byte[]? ReadDefinitions()
    {
        if (LiveRecords == 0)
            return null;
        var record = new RecordBuffer();
        try
        {
            if (_journal.TryRead(FirstId, record))
            {
                if (record.Kind != DefinitionsKind)
                    return FindDefinitions();
                _definitionsId = FirstId;
                return record.Body.ToArray();
            }
        }
        catch (RecordDamagedException)
        {
            // Reported by ReadAll.
        }
        var found = FindDefinitions();
        (_definitionsId, _strayId) = (FirstId, _definitionsId); // Its place is free: with the next writing it is there again, and the next start does not have to look for it.
        return found;
    }

    /// <summary>Shows every live record, in the order of their ids. Before the first append.</summary>
    public void ReadAll(RecordVisitor visitor) => _journal.ReadAll(visitor);

    /// <summary>Writes what is sealed and gives the folder back.</summary>
    public void Dispose()
    {
        News.Ring = null;
        try
        {
            _thread?.Dispose();
            _journal.Dispose();
        }
        finally
        {
            News.End();
        }
    }

    /// <summary>Gives the folder back, when it was only looked at.</summary>
    public void Abandon() => _journal.Dispose();

    // It is somewhere, or nowhere: every record has to be looked at.
    private byte[]? FindDefinitions()
    {
        byte[]? found = null;
        _journal.ReadAll((id, kind, _, body) =>
        {
            if (kind == DefinitionsKind)
                (_definitionsId, found) = (id, body.ToArray());
        });
        return found;
    }
}
