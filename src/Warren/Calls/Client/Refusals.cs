using Warren.Client;

namespace Warren;

/// <summary>A request that the broker refuses (nacks) and that is sent again: its queue is full, or between two leaders; the broker does not say which.</summary>
internal static class Refusals
{
    private static readonly ReconnectPolicy Policy = new() { FirstDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromSeconds(1) };

    /// <summary>How long to wait before the request is sent again.</summary>
    public static TimeSpan DelayAfter(int attempt) => Policy.DelayBefore(Math.Min(attempt, 10), Random.Shared.NextDouble());

    /// <summary>The end of a sentence for people; empty when there were none.</summary>
    public static string Describe(int count) => count switch
    {
        0 => "",
        1 => "; the broker refused the request once (its queue is full, or has no leader)",
        _ => $"; the broker refused the request {count} times (its queue is full, or has no leader)",
    };
}
