using System.Diagnostics;

namespace Warren.Store;

/// <summary>Is shown a live record.</summary>
/// <param name="id">Its id.</param>
/// <param name="kind">The owner's octet.</param>
/// <param name="head">The first part of the contents; valid during the call.</param>
/// <param name="body">The second part of the contents; valid during the call.</param>
public delegate void RecordVisitor(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body);

/// <summary>
/// A journal in a folder: records that live until they are removed, and survive whatever ends the process or the machine. What one thread appends between two
/// calls of <see cref="Seal"/> is a step: it is recovered wholly or not at all.
/// </summary>
/// <remarks>
/// Adding, replacing, removing and sealing belong to one thread at a time, the stepping thread; they only fill a buffer. <see cref="Writer"/> does the rest, on a
/// <see cref="JournalThread"/> or wherever its caller wants. <see cref="TryRead(ulong, RecordBuffer)"/> may be called by any thread.
/// </remarks>
public sealed class Journal : IDisposable
{
    /// <summary>The largest record, head and body together, in octets.</summary>
    public const int MaxRecordOctets = 1 << 30;

    private readonly LiveRecords _records;
    private readonly AppendBuffer _buffer;
    private readonly IDisposable _lock;
    private ulong _nextId; // Written by the stepping thread, read by the writer.
    private long _position;
    private bool _isDisposed;

    private Journal(IDisk disk, JournalOptions options, IJournalOwner owner, RecoveredJournal recovered, IDisposable folderLock)
    {
        _records = recovered.Records;
        _buffer = new AppendBuffer(options);
        _lock = folderLock;
        _nextId = recovered.NextId;
        Report = recovered.Report;
        Writer = new JournalWriter(disk, options, recovered, _buffer, owner, () => Volatile.Read(ref _nextId));
    }

    /// <summary>What was found when the journal was opened.</summary>
    public RecoveryReport Report { get; }

    /// <summary>What writes: to be run by one thread at a time.</summary>
    public JournalWriter Writer { get; }

    /// <summary>The position of what was appended last: how many records were, since the journal was opened.</summary>
    public long Position => _position;

    /// <summary>True when so much waits for the disk that the owner should take in no more; <see cref="IJournalOwner.HasRoom"/> says when that is over.</summary>
    public bool IsFull => _buffer.IsFull;

    /// <summary>How many records live, of those that the writer has written.</summary>
    public long LiveRecords
    {
        get
        {
            lock (_records.Gate)
                return _records.Count;
        }
    }

    /// <summary>Octets of the records that live, of those that the writer has written.</summary>
    public long LiveOctets
    {
        get
        {
            lock (_records.Gate)
                return _records.LiveOctets;
        }
    }

    /// <summary>Takes a folder, recovers what is in it and closes what the process before left open. Damage is no reason to fail: see <see cref="Report"/>.</summary>
    /// <param name="disk">The folder.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="owner">Who is told what becomes of it.</param>
    /// <exception cref="FolderInUseException">Another process has the folder.</exception>
    /// <exception cref="FolderReadOnlyException">The folder cannot be written to.</exception>
    /// <exception cref="NewerVersionException">The folder was written by a newer version.</exception>
    /// <exception cref="DiskException">The disk does not write.</exception>
    public static Journal Open(IDisk disk, JournalOptions options, IJournalOwner owner)
    {
        options.Check();
        try
        {
            var folderLock = disk.Lock(SegmentName.Lock);
            try
            {
                return new Journal(disk, options, owner, new JournalRecovery(disk, options).Run(), folderLock);
            }
            catch
            {
                folderLock.Dispose();
                throw;
            }
        }
        catch (DiskException e) when (e.Errno is Libc.EACCES or Libc.EROFS)
        {
            throw new FolderReadOnlyException(disk.Folder, e);
        }
    }

    /// <summary>Appends a record that lives until it is removed. Returns its id: more than 0, greater than every one before, never given twice.</summary>
    /// <param name="kind">An octet of the owner's.</param>
    /// <param name="head">The first part of the contents.</param>
    /// <param name="body">The second part of the contents.</param>
    /// <exception cref="ArgumentOutOfRangeException">Head and body have more than <see cref="MaxRecordOctets"/> together.</exception>
    public ulong Add(byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var id = _nextId;
        Put(RecordType.Add, id, kind, head, body);
        Volatile.Write(ref _nextId, id + 1);
        return id;
    }

    /// <summary>Appends other contents for an id that lives.</summary>
    /// <param name="id">The id.</param>
    /// <param name="kind">An octet of the owner's.</param>
    /// <param name="head">The first part of the contents.</param>
    /// <param name="body">The second part of the contents.</param>
    /// <exception cref="ArgumentOutOfRangeException">Head and body have more than <see cref="MaxRecordOctets"/> together.</exception>
    public void Replace(ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => Put(RecordType.Replace, id, kind, head, body);

    /// <summary>Appends the end of an id that lives. It never lives again.</summary>
    public void Remove(ulong id)
    {
        Debug.Assert(id > 0 && id < _nextId);
        Record.WriteRemove(_buffer.Reserve(Record.RemoveOctets, id), id);
        _position++;
    }

    /// <summary>Ends the step: what was appended since the last call may be written now.</summary>
    public void Seal() => _buffer.Seal(_position);

    /// <summary>
    /// Reads the contents of a live id: those on disk, or, when nothing of it is there yet, those of the last sealed step. What was removed may still be found
    /// until its removal is on disk.
    /// </summary>
    /// <returns>False when the id does not live.</returns>
    /// <exception cref="RecordDamagedException">The disk does not give back what was written.</exception>
    public bool TryRead(ulong id, RecordBuffer into) => TryRead(id, into, null);

    /// <summary>As before, with what was read ahead, and reading ahead.</summary>
    /// <returns>False when the id does not live.</returns>
    /// <exception cref="RecordDamagedException">The disk does not give back what was written.</exception>
    public bool TryRead(ulong id, RecordBuffer into, ReadAhead? ahead) =>
        TryReadFromDisk(id, into, ahead) || _buffer.TryFind(id, into) || TryReadFromDisk(id, into, ahead); // It may have moved from the buffer to the disk between the first two.

    /// <summary>
    /// Shows every live record, in the order of their ids. For recovery: before the first append and before the writer runs. What cannot be read is skipped and
    /// added to <see cref="Report"/>.
    /// </summary>
    public void ReadAll(RecordVisitor visitor) => new RecordWalk(_records, Report).Run(visitor);

    /// <summary>
    /// Writes what is sealed, closes the active segment and gives the folder back. A <see cref="JournalThread"/> must have ended before.
    /// </summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Writer.Close();
        lock (_records.Gate)
        {
            foreach (var segment in _records.Segments)
                segment.Retire();
        }
        _lock.Dispose();
    }

    private void Put(RecordType type, ulong id, byte kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)head.Length + body.Length, MaxRecordOctets, nameof(body));
        Record.WritePut(_buffer.Reserve(Record.HeadOffset + head.Length + body.Length, id), type, kind, id, head, body);
        _position++;
    }

    private bool TryReadFromDisk(ulong id, RecordBuffer into, ReadAhead? ahead)
    {
        Place place;
        Segment segment;
        lock (_records.Gate)
        {
            place = _records.Find(id);
            if (place.IsNowhere)
                return false;
            segment = _records.SegmentOf(place);
            segment.BeginRead();
        }
        try
        {
            var room = into.Room(place.Length);
            if (ahead is not null && ahead.TryFill(segment, place.Offset, room))
            {
                if (into.TryAccept(id))
                    return true;
                ahead.Forget(); // Read before it was written.
            }
            if (segment.File.Read(place.Offset, room) == room.Length && into.TryAccept(id))
                return true;
            throw new RecordDamagedException(id, segment.Name, place.Offset, null);
        }
        catch (DiskException e)
        {
            throw new RecordDamagedException(id, segment.Name, place.Offset, e);
        }
        finally
        {
            lock (_records.Gate)
                segment.EndRead();
        }
    }
}
