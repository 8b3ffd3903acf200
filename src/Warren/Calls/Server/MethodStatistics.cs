using System.Collections.Concurrent;

namespace Warren;

/// <summary>
/// What a server has done, method by method: counts, failures, and how long handlers take. For <c>warren rpc stats</c>, and for refusing what cannot be
/// done in time.
/// </summary>
internal sealed class MethodStatistics(TimeProvider time)
{
    private static readonly TimeSpan RetryAfterByDefault = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, MethodDurations> _methods = new(StringComparer.Ordinal);
    private int _inFlight;

    /// <summary>Requests that run, without those of code that computes its reply at once on a server without a limit.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public IEnumerable<KeyValuePair<string, MethodDurations>> Methods => _methods.OrderBy(method => method.Key, StringComparer.Ordinal);

    public void Started() => Interlocked.Increment(ref _inFlight);

    /// <summary>A request does not run any more.</summary>
    public void Left() => Interlocked.Decrement(ref _inFlight);

    /// <summary>How long the requests of this method take.</summary>
    public MethodDurations Of(string method) => _methods.TryGetValue(method, out var known) ? known : _methods.GetOrAdd(method, _ => new MethodDurations(time));

    /// <summary>Why a request is not started at all: too many run, or it has less time left than its method usually takes. Null when it may.</summary>
    /// <param name="options">What the server allows.</param>
    /// <param name="method">The method's name; empty for a plain queue.</param>
    /// <param name="budget">What the caller has left.</param>
    /// <param name="reason">The same in a word, for a metric; empty when it may.</param>
    public Fault? WhyShed(ServeOptions options, string method, Budget budget, out string reason)
    {
        if (options.MaxInFlight is { } most && InFlight >= most)
        {
            reason = "in_flight_limit";
            return Full($"the server runs {most} requests, which is its limit (ServeOptions.MaxInFlight)", method);
        }
        reason = "";
        if (!options.ShedsLate || !budget.IsLimited || !_methods.TryGetValue(method, out var durations) || !durations.Sheds(TimeSpan.FromMilliseconds(budget.LeftMs)))
            return null;
        reason = "too_little_time";
        return Full($"{budget.LeftMs} ms are left, and half of these requests take longer than {RpcException.Show(durations.Usual)}", method);
    }

    private Fault Full(string why, string method) => new(RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, why)
    {
        RetryAfter = _methods.TryGetValue(method, out var durations) && durations.Usual is { Ticks: > 0 } usual ? usual : RetryAfterByDefault,
    };
}
