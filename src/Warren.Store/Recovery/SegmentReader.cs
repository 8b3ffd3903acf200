namespace Warren.Store;

/// <summary>Reads one segment file during recovery: which batches count, what is damaged, and where it ends.</summary>
internal sealed class SegmentReader(IDisk disk, LiveRecords records, RecoveryReport report)
{
    /// <summary>An id above all that were seen.</summary>
    public ulong NextId { get; private set; } = 1;

    /// <summary>Reads the header's copies. The salt of a readable one counts for all segments that have none.</summary>
    /// <exception cref="NewerVersionException">It is of a version that this program does not know.</exception>
    public SegmentHeader? ReadHeader(IDiskFile file, ulong number, out uint checksum)
    {
        Span<byte> copy = stackalloc byte[SegmentHeader.Length];
        foreach (var offset in (ReadOnlySpan<int>)[0, SegmentHeader.SecondCopy])
        {
            try
            {
                var read = file.Read(offset, copy);
                if (!SegmentHeader.TryRead(copy[..read], out var header, out var version, out checksum))
                    continue;
                if (version > SegmentHeader.Version)
                    throw new NewerVersionException(disk.Folder, version);
                if (header.Segment != number)
                    continue; // Octets of another file.
                NextId = Math.Max(NextId, header.NextId);
                return header;
            }
            catch (DiskException)
            {
                // The other copy stands in another sector.
            }
        }
        checksum = 0;
        return null;
    }

    /// <summary>Takes in all batches of a segment that count.</summary>
    /// <param name="segment">The segment; it gets its length.</param>
    /// <param name="salt">The journal's salt.</param>
    /// <param name="headerChecksum">The checksum of its header, null when that is damaged.</param>
    /// <param name="isLast">True for the segment that was written to last: only what ends that one can be torn.</param>
    public SegmentEnd Read(Segment segment, ulong salt, uint? headerChecksum, bool isLast)
    {
        var cursor = new SegmentCursor(segment.File, segment.Name, segment.FileOctets, segment.Number, salt);
        if (headerChecksum is null)
            AddDamage(segment, 0, SegmentHeader.Area, "the segment's header is unreadable");
        var durable = isLast ? DurableEnd(cursor) : long.MaxValue;

        cursor.Offset = SegmentHeader.Area;
        var end = new SegmentEnd(cursor.Offset, headerChecksum ?? 0, cursor.Offset, Ended: false);
        var chain = headerChecksum;
        while (cursor.Next(out var batch, out var skipped))
        {
            if (skipped > 0 || (chain is { } expected && batch.Header.Previous != expected))
            {
                if (end.Offset >= durable)
                    break;
                AddGap(cursor, segment, end.Offset, skipped);
            }
            chain = batch.Checksum;
            end = new SegmentEnd(batch.End, batch.Checksum, batch.Header.BeginsGroup ? batch.Offset : end.LastGroup, batch.Header.Kind == BatchKind.End);
            if (end.Ended)
                break;
            Take(segment, batch);
        }

        segment.Length = end.Offset;
        if (cursor.ReadFailure is { } failure)
            AddDamage(segment, 0, 0, failure.Message);
        if (!end.Ended)
            ReportEnd(cursor, segment, end.Offset, isLast);
        return end;
    }

    // A batch that begins a group was written when everything before it was on disk. What is damaged before that was durable once; behind the last such
    // batch nothing was reported persisted that does not stand there without a gap.
    private static long DurableEnd(SegmentCursor cursor)
    {
        var durable = cursor.Offset;
        while (cursor.Next(out var batch, out _))
        {
            if (batch.Header.BeginsGroup)
                durable = batch.Offset;
            if (batch.Header.Kind == BatchKind.End)
                return long.MaxValue;
        }
        return durable;
    }

    private void Take(Segment segment, in BatchView batch)
    {
        var rest = batch.Payload.Span;
        while (Record.TryRead(rest, out var record) && record.IsIntact)
        {
            NextId = Math.Max(NextId, record.Id + 1);
            records.Take(record, segment, batch.End - rest.Length);
            rest = rest[record.Octets.Length..];
        }
        if (rest.Length > 0)
            AddDamage(segment, batch.End - rest.Length, rest.Length, "the batch's checksum is right, but its records are not");
    }

    private void AddGap(SegmentCursor cursor, Segment segment, long offset, long octets)
    {
        if (octets == 0)
            AddDamage(segment, offset, 0, "a batch is missing here: the next one names another before it");
        else if (cursor.TryHeader(offset, out var header, out _))
            AddDamage(segment, offset, octets, "the records of a batch do not match its checksum", header.FirstId, header.Records);
        else
            AddDamage(segment, offset, octets, "no batch can be read here");
    }

    private void ReportEnd(SegmentCursor cursor, Segment segment, long offset, bool isLast)
    {
        var octets = cursor.EndOfOctets(offset) - offset;
        if (!isLast)
            AddDamage(segment, offset, octets, "the segment's end is missing");
        else if (octets > 0)
            report.TornTail = new Damage(segment.Name, offset, octets, "was being written when the journal stopped, and had not been reported persisted; cut off", 0, 0);
    }

    private void AddDamage(Segment segment, long offset, long octets, string what, ulong firstId = 0, int count = 0)
    {
        segment.IsDamaged = true;
        report.Add(new Damage(segment.Name, offset, octets, what, firstId, count));
    }
}

/// <summary>Where a segment's valid batches end, the checksum of the last, where the last group begins, and whether it ends on purpose.</summary>
internal readonly record struct SegmentEnd(long Offset, uint Chain, long LastGroup, bool Ended);
