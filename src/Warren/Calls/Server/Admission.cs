namespace Warren;

/// <summary>Decides which requests are refused before the handler, and what their callers are told.</summary>
internal sealed class Admission(ServeOptions options, MethodStatistics statistics)
{
    /// <summary>Null when the request may run.</summary>
    public Fault? WhyNot(in ServerItem item, RpcMethod? method, Budget budget)
    {
        if (budget.IsSpent)
            return Refused(item, new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted, $"the request's turn came {-budget.LeftMs} ms after its deadline"));
        if (item.Redelivered && item.IsFromWarren && !item.IsSafe && method is not { IsIdempotent: true })
            return new Fault(RpcStatus.Unavailable, RpcOutcome.MaybeExecuted, "the server that took the request first went away before it answered");
        return statistics.WhyShed(options, method?.Name ?? "", budget) is { } shed ? Refused(item, shed) : null;
    }

    // This copy has not run, but the caller asks about the call.
    private static Fault Refused(in ServerItem item, Fault fault) => item.MayHaveRun ? fault with { Outcome = RpcOutcome.MaybeExecuted } : fault;
}
