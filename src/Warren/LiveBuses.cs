using System.Collections.Concurrent;

namespace Warren;

/// <summary>The buses of this process that are not disposed, to be asked what is under way when somebody collects metrics.</summary>
internal static class LiveBuses
{
    private static readonly ConcurrentDictionary<Bus, bool> Buses = new();

    public static void Add(Bus bus) => Buses[bus] = true;

    public static void Remove(Bus bus) => Buses.TryRemove(bus, out _);

    public static long CountCalls() => Buses.Keys.Sum(bus => (long)bus.PendingCalls);

    public static long CountRequests() => Buses.Keys.Sum(bus => (long)bus.Counters.RunningRequests);
}
