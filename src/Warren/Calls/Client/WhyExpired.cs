using Warren.Client;

namespace Warren;

/// <summary>What a caller hears at its deadline, in all the ways of sending.</summary>
internal static class WhyExpired
{
    /// <summary>The request was not written, or the broker has said of each time that it did not take it.</summary>
    public static RpcException NotSent(CallTable table, IPendingCall call, CallLink? link)
    {
        var timeout = TimeoutOf(table, call);
        if (!call.HasSlot)
        {
            var full = $"not sent within {timeout}: {table.Pending.Limit} calls are under way, which is the limit (BusOptions.MaxPendingCalls)";
            return table.Explain(call, RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, full);
        }
        return call.Refusals > 0
            ? table.Explain(call, RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, $"queue {call.Address.Name} did not take it within {timeout}{Refusals.Describe(call.Refusals)}")
            : table.Explain(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted, $"not sent within {timeout}: {WhyNotSent(link)}");
    }

    /// <summary>The request was written, and no reply came.</summary>
    public static RpcException NoReply(CallTable table, IPendingCall call)
    {
        var state = StateOf(table, call);
        if (state.HasNoServer)
            call.Address.HasServer = false; // The next call is told at once.
        var detail = $"no reply after {TimeoutOf(table, call)}: {state.Describe(call.Address.Name)}{Refusals.Describe(call.Refusals)}";
        return table.Explain(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted, detail);
    }

    /// <summary>What the queue looked like a moment ago, when the deadline drew near; unknown when nobody has answered.</summary>
    public static QueueState StateOf(CallTable table, IPendingCall call)
    {
        lock (call.Address)
            return call.Address.StateAt >= call.Deadline - table.ToTicks(CallTable.WarningTime * 2) ? call.Address.State : default;
    }

    private static string TimeoutOf(CallTable table, IPendingCall call) => RpcException.Show(table.Time.GetElapsedTime(call.Started, call.Deadline));

    private static string WhyNotSent(CallLink? link) =>
        link is null ? "there is no connection to the broker"
        : link.Connection.BlockedReason is { } reason ? $"the broker takes no messages at present ({reason})"
        : link.Requests.HasRoom ? "the broker did not answer"
        : "the broker does not read from the connection";
}
