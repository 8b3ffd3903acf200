namespace Warren.Store;

/// <summary>A batch that a cursor stands at: its header, where it begins, and its records.</summary>
internal readonly record struct BatchView(BatchHeader Header, uint Checksum, long Offset, ReadOnlyMemory<byte> Payload)
{
    public long End => Offset + Header.TotalOctets;
}

/// <summary>
/// Walks over the batches of a segment file and finds its way again behind what is damaged: a batch says by its checksum where it stands, so the next one
/// is found by looking at every octet.
/// </summary>
internal sealed class SegmentCursor(IDiskFile file, string name, long fileOctets, ulong segment, ulong salt, int windowOctets = 1 << 20)
{
    private const int Block = 4096;

    private byte[] _window = new byte[Math.Clamp(fileOctets, Block, windowOctets < Block ? Block : windowOctets)];
    private long _windowOffset;
    private int _windowOctets;

    /// <summary>Where the next batch should begin.</summary>
    public long Offset { get; set; } = SegmentHeader.Area;

    /// <summary>The first failure of the disk to give octets back; those count as zeros.</summary>
    public DiskException? ReadFailure { get; private set; }

    /// <summary>Finds the next valid batch at the offset or behind it, and moves behind it. False at the end of the file; the offset then stays.</summary>
    /// <param name="batch">The batch. Its payload is a view until the next call.</param>
    /// <param name="skipped">Octets between the offset and the batch that are no valid batch; 0 when all is well.</param>
    public bool Next(out BatchView batch, out long skipped)
    {
        for (var at = Offset; at >= 0 && at + BatchHeader.Length <= fileOctets; at = NextCandidate(at + 1))
        {
            if (!TryBatch(at, out batch))
                continue;
            skipped = at - Offset;
            Offset = batch.End;
            return true;
        }
        batch = default;
        skipped = 0;
        return false;
    }

    /// <summary>The header of the batch at the offset, when it is valid, whether or not its records are.</summary>
    public bool TryHeader(long at, out BatchHeader header, out uint checksum)
    {
        header = default;
        checksum = 0;
        return at + BatchHeader.Length <= fileOctets
            && BatchHeader.TryRead(Octets(at, BatchHeader.Length).Span, new BatchPlace(salt, segment, at), out header, out checksum);
    }

    /// <summary>Octets of the file, from the window. A view until the next call.</summary>
    public ReadOnlyMemory<byte> Octets(long offset, int count)
    {
        if (offset < _windowOffset || offset + count > _windowOffset + _windowOctets)
            Fill(offset, count);
        return _window.AsMemory((int)(offset - _windowOffset), count);
    }

    /// <summary>Where the last octet that is not zero ends, looking from the offset on; the offset when all are.</summary>
    public long EndOfOctets(long offset)
    {
        var end = offset;
        while (offset < fileOctets)
        {
            var count = (int)Math.Min(_window.Length, fileOctets - offset);
            var last = Octets(offset, count).Span.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                end = offset + last + 1;
            offset += count;
        }
        return end;
    }

    public override string ToString() => $"{name} at {Offset}";

    private bool TryBatch(long at, out BatchView batch)
    {
        batch = default;
        if (!TryHeader(at, out var header, out var checksum) || at + header.TotalOctets > fileOctets)
            return false;
        var octets = Octets(at, header.TotalOctets);
        if (Crc32C.Of(octets.Span[BatchHeader.Length..]) != header.PayloadChecksum)
            return false;
        batch = new BatchView(header, checksum, at, octets[BatchHeader.Length..]);
        return true;
    }

    // The next octets that a batch might begin with; -1 when there are none.
    private long NextCandidate(long from)
    {
        while (from + BatchHeader.Length <= fileOctets)
        {
            var count = (int)Math.Min(_window.Length, fileOctets - from);
            var found = Octets(from, count).Span.IndexOf(BatchHeader.Magic);
            if (found >= 0)
                return from + found;
            from += count - 1; // The magic may lie across the windows' edge.
        }
        return -1;
    }

    private void Fill(long offset, int count)
    {
        if (count > _window.Length)
            _window = new byte[Math.Max(count, Math.Min(_window.Length * 2L, Array.MaxLength))];
        _windowOffset = offset;
        _windowOctets = (int)Math.Min(_window.Length, Math.Max(fileOctets - offset, count));
        var window = _window.AsSpan(0, _windowOctets);
        try
        {
            window[file.Read(offset, window)..].Clear();
        }
        catch (DiskException e)
        {
            ReadFailure ??= e;
            FillBlockByBlock(window);
        }
    }

    // One bad sector must not cost its neighbours.
    private void FillBlockByBlock(Span<byte> window)
    {
        var done = 0;
        while (done < window.Length)
        {
            var at = _windowOffset + done;
            var block = window.Slice(done, (int)Math.Min(Block - (at % Block), window.Length - done));
            try
            {
                block[file.Read(at, block)..].Clear();
            }
            catch (DiskException)
            {
                block.Clear();
            }
            done += block.Length;
        }
    }
}
