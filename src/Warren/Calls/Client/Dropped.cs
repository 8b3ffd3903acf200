namespace Warren;

/// <summary>What a request's end in the broker means for its caller (https://www.rabbitmq.com/docs/dlx).</summary>
internal static class Dropped
{
    public static RpcException Explain(CallTable table, IPendingCall call, DeathNotice notice) => notice.Reason switch
    {
        "expired" when call.Address.OnlyIfFree => table.Explain(
            call, RpcStatus.Unavailable, call.Address.GivesOnce ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted, $"no server of queue {notice.Queue} is free"),
        // A quorum queue of ours gives a request to one server only: what expires in it was never given to any.
        "expired" => table.Explain(
            call, RpcStatus.DeadlineExceeded, call.Address.GivesOnce ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted,
            $"it expired while it waited in queue {notice.Queue}{Describe(WhyExpired.StateOf(table, call), notice.Queue)}"),
        "rejected" => table.Explain(call, RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, $"the server of queue {notice.Queue} refused it without an answer"),
        "maxlen" => table.Explain(
            call, RpcStatus.ResourceExhausted, call.Address.GivesOnce ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted, $"queue {notice.Queue} is full, and it was dropped to make room"),
        "delivery_limit" => table.Explain(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted, $"the server that took it from queue {notice.Queue} went away before it answered"),
        _ => table.Explain(call, RpcStatus.Unknown, RpcOutcome.MaybeExecuted, $"queue {notice.Queue} dropped it ({notice.Reason})"),
    };

    // The question was asked a moment before; without an answer there is nothing to add.
    private static string Describe(QueueState state, string queue) => state.Known ? $": {state.Describe(queue)}" : "";
}
