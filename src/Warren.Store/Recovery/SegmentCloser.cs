namespace Warren.Store;

/// <summary>Closes a segment for good: its end is marked, what is behind is cut off, and all of it is on disk.</summary>
internal static class SegmentCloser
{
    /// <summary>Closes the segment that recovery found last. Harmless when it is interrupted anywhere: the next recovery finds the same.</summary>
    public static void Close(Segment segment, ulong salt, in SegmentEnd end)
    {
        // What a failed fsync did not write is still shown to readers: only writing it once more makes sure.
        WriteAgain(segment.File, end.LastGroup, end.Offset);
        if (end.Ended)
        {
            Finish(segment, end.Offset);
            return;
        }
        segment.File.Sync();
        try
        {
            _ = WriteEnd(segment, salt, end.Offset, end.Chain);
            Finish(segment, end.Offset + BatchHeader.Length);
        }
        catch (DiskException e) when (e.IsFull)
        {
            Finish(segment, end.Offset); // A later recovery misses the mark, and says so; nothing else is lost.
        }
    }

    private static void WriteAgain(IDiskFile file, long from, long to)
    {
        var octets = new byte[to - from];
        try
        {
            if (file.Read(from, octets) < octets.Length)
                return;
        }
        catch (DiskException)
        {
            return; // Unreadable, so it was reported as damaged and nothing of it was taken in.
        }
        if (octets.Length > 0)
            file.Write(from, octets);
    }

    /// <summary>Writes the mark behind batches that are all on disk. Returns its checksum.</summary>
    public static uint WriteEnd(Segment segment, ulong salt, long offset, uint chain)
    {
        Span<byte> octets = stackalloc byte[BatchHeader.Length];
        var header = new BatchHeader(BatchKind.End, BeginsGroup: true, 0, chain, 0, 0, Crc32C.Of([]));
        var checksum = header.Write(octets, new BatchPlace(salt, segment.Number, offset));
        segment.File.Write(offset, octets);
        return checksum;
    }

    public static void Finish(Segment segment, long length)
    {
        segment.File.Truncate(length);
        segment.File.Sync();
        segment.Length = segment.FileOctets = length;
    }
}
