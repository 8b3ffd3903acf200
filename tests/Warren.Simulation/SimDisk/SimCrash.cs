namespace Warren.Simulation;

/// <summary>Decides what remains of one file in a power cut.</summary>
internal static class SimCrash
{
    public static SimOctets Remains(SimInode inode, CrashKind kind, IChoices choices)
    {
        var octets = new SimOctets(inode.Durable);
        var operations = inode.Unsynced;
        switch (kind)
        {
            case CrashKind.KeepAll:
                ApplyFirst(octets, operations, operations.Count);
                break;
            case CrashKind.Prefix:
                ApplyFirst(octets, operations, choices.Next(operations.Count + 1));
                break;
            case CrashKind.Sectors:
                ApplySectors(octets, operations, choices);
                break;
            case CrashKind.ZeroExtended:
                octets.Resize(Math.Max(octets.Length, inode.Seen.Length));
                break;
            case CrashKind.GarbageTail:
                ApplyGarbage(octets, inode, choices);
                break;
            case CrashKind.Torn:
                Tear(octets, operations, choices);
                break;
            default:
                break;
        }
        return octets;
    }

    private static void ApplyFirst(SimOctets octets, List<SimOperation> operations, int count)
    {
        foreach (var operation in operations.Take(count))
            octets.Apply(operation);
    }

    private static void ApplySectors(SimOctets octets, List<SimOperation> operations, IChoices choices)
    {
        foreach (var operation in operations)
        {
            if (operation.Octets is null)
            {
                if (choices.Next(2) == 0)
                    octets.Apply(operation);
                continue;
            }
            for (var at = 0; at < operation.Octets.Length;)
            {
                // Sectors are those of the file, not of the write.
                var count = Math.Min(SimInode.Sector - (int)((operation.Offset + at) % SimInode.Sector), operation.Octets.Length - at);
                if (choices.Next(2) == 0)
                    octets.Write(operation.Offset + at, operation.Octets.AsSpan(at, count));
                at += count;
            }
        }
    }

    private static void ApplyGarbage(SimOctets octets, SimInode inode, IChoices choices)
    {
        var kept = choices.Next(inode.Unsynced.Count + 1);
        ApplyFirst(octets, inode.Unsynced, kept);
        foreach (var operation in inode.Unsynced.Skip(kept))
        {
            if (operation.Octets is not { Length: > 0 } lost)
                continue;
            var garbage = new byte[lost.Length];
            new Random(choices.Next(int.MaxValue)).NextBytes(garbage);
            var same = SameOctets(inode.Durable, operation.Offset, lost);
            octets.Write(operation.Offset + same, garbage.AsSpan(same));
        }
    }

    // What is written over itself cannot become garbage: a sector has its old octets or its new ones.
    private static int SameOctets(SimOctets durable, long offset, byte[] octets) =>
        offset >= durable.Length ? 0 : durable.Span[(int)offset..].CommonPrefixLength(octets);

    private static void Tear(SimOctets octets, List<SimOperation> operations, IChoices choices)
    {
        var kept = choices.Next(operations.Count + 1);
        ApplyFirst(octets, operations, kept);
        if (kept < operations.Count && operations[kept].Octets is { Length: > 0 } torn)
            octets.Write(operations[kept].Offset, torn.AsSpan(0, choices.Next(torn.Length)));
    }
}
