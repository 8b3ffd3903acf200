namespace Warren.Broker;

/// <summary>
/// Whether the process may open another connection. Connections get the lower descriptors only; the rest are kept for the journal's files and for what the runtime
/// opens by itself: a library that it cannot open ends the process with "Out of memory". Where nothing is known of a limit there is always room.
/// </summary>
/// <param name="readLimit">How many descriptors the process may have; asked again when there is no room, because an operator may have raised it (prlimit).</param>
/// <param name="findLowestFree">The number that the next descriptor will have, which is the lowest that is free; <see cref="int.MaxValue"/> when there is none.</param>
internal sealed class DescriptorRoom(Func<long> readLimit, Func<int> findLowestFree)
{
    private const int MostReserved = 64; // Segments, their folder, and two for each library that is not loaded yet.
    private const int ShareReserved = 4; // Of a small limit.

    private long _limit = readLimit(); // Read and written by who accepts; that two do at once does no harm.

    /// <summary>How many descriptors the process may have.</summary>
    public long Limit => Volatile.Read(ref _limit);

    /// <summary>How many of them no connection gets.</summary>
    public long Reserved => Math.Min(MostReserved, Limit / ShareReserved);

    public static DescriptorRoom OfThisProcess() =>
        OperatingSystem.IsLinux() ? new DescriptorRoom(ReadLimit, FindLowestFree) : new DescriptorRoom(static () => long.MaxValue, static () => 0);

    /// <summary>Looks.</summary>
    public bool IsThere()
    {
        var next = findLowestFree();
        if (!IsReserved(next))
            return true;
        Volatile.Write(ref _limit, readLimit());
        return !IsReserved(next);
    }

    /// <summary>True for a descriptor that no connection should have.</summary>
    public bool IsReserved(int descriptor) => descriptor >= Limit - Reserved;

    private static unsafe long ReadLimit()
    {
        var limits = stackalloc ulong[2]; // struct rlimit: what holds, and what it may be raised to.
        return Libc.GetResourceLimit(Libc.OpenFiles, limits) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : long.MaxValue;
    }

    private static int FindLowestFree()
    {
        var fd = Libc.EventFd(0, Libc.CloseOnExec);
        if (fd < 0)
            return int.MaxValue;
        _ = Libc.Close(fd);
        return fd;
    }
}
