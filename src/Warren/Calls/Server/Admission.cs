namespace Warren;

/// <summary>Decides which requests are refused before the handler, and what their callers are told.</summary>
internal sealed class Admission(ServedBy server, Counters counters)
{
    /// <summary>Null when the request may run.</summary>
    public Fault? WhyNot(in ServerItem item, RpcMethod? method, Budget budget)
    {
        if (budget.IsSpent)
            return Refused(item, new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted, $"the request's turn came {-budget.LeftMs} ms after its deadline"));
        if (item.Redelivered && item.IsFromWarren && !item.IsSafe && method is not { IsIdempotent: true })
            return new Fault(RpcStatus.Unavailable, RpcOutcome.MaybeExecuted, "the server that took the request first went away before it answered");
        if (server.Statistics.WhyShed(server.Options, method?.Name ?? "", budget, out var reason) is not { } shed)
            return null;
        counters.RequestShed(server.NameOf(method), reason);
        return Refused(item, shed);
    }

    // This copy has not run, but the caller asks about the call.
    private static Fault Refused(in ServerItem item, Fault fault) => item.MayHaveRun ? fault with { Outcome = RpcOutcome.MaybeExecuted } : fault;
}
