using System.Diagnostics;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A call that has not ended, as the table and its sender see it.</summary>
internal interface IPendingCall : IPositioned
{
    CorrelationId Id { get; set; }

    /// <summary>False while the table is full and the call waits for a place in it. Guarded by the table's lock.</summary>
    bool HasSlot { get; set; }

    /// <summary>Timestamps of the bus's clock.</summary>
    long Started { get; }

    long Deadline { get; }

    CallAddress Address { get; }

    /// <summary>The contract's method; null for a queue address.</summary>
    RpcMethod? Method { get; }

    /// <summary>How many items of a stream the server may send before it hears from us; 0 when the reply is no stream.</summary>
    int Credit { get; }

    /// <summary>The span that the call is, when somebody listens.</summary>
    Activity? Span { get; }

    /// <summary>True when it is one attempt of a call that may be made again, which is measured as a whole.</summary>
    bool IsAttempt { get; }

    /// <summary>Where the request was written; null before.</summary>
    CallLink? Link { get; set; }

    /// <summary>Where the request was written; default while it is not.</summary>
    new SendPosition Position { get; set; }

    /// <summary>How often the broker has refused the request, which was sent again then.</summary>
    int Refusals { get; set; }

    /// <summary>How often the request was written, in Safe mode, without a word of the broker that it has not taken it: 0 means that it was surely not executed.</summary>
    byte Sends { get; set; }

    /// <summary>Completes when the call has ended.</summary>
    Task Completion { get; }

    /// <summary>True when a reply does not end the call.</summary>
    bool TakesMany { get; }

    /// <summary>Takes one of many replies, on a runner, and releases its buffer; false when it is not wanted.</summary>
    bool TryAdd(in CallEvent reply);

    /// <summary>Ends the call with this reply, on a runner, and releases the buffer. Only for who took the call out of the table.</summary>
    void Complete(in CallEvent reply);

    /// <summary>Ends the call badly, on a runner. Only for who took the call out of the table.</summary>
    void Fail(Exception reason);
}

/// <summary>
/// The caller's task and everything the client knows of the call, in one object. Its continuation runs where it is completed: on the
/// runner that handles the batch of replies, so that the next request leaves with the others of the batch.
/// </summary>
internal sealed class PendingCall<TReply>(CallTable table, CallAddress address, RpcMethod<TReply>? method, Activity? span, long started, long deadline)
    : TaskCompletionSource<TReply>, IPendingCall
{
    private CancellationTokenRegistration _cancellation;

    public CorrelationId Id { get; set; }

    public bool HasSlot { get; set; }

    public long Started => started;

    public long Deadline => deadline;

    public CallAddress Address => address;

    public RpcMethod? Method => method;

    public Activity? Span => span;

    public bool IsAttempt { get; init; }

    public CallLink? Link { get; set; }

    public SendPosition Position { get; set; }

    public int Refusals { get; set; }

    public byte Sends { get; set; }

    int IPendingCall.Credit => 0;

    bool IPendingCall.TakesMany => false;

    Task IPendingCall.Completion => Task;

    /// <summary>The caller's token ends the call. Only for tokens that can be cancelled: it costs an allocation.</summary>
    public void EndBy(CancellationToken cancellationToken) =>
        _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((PendingCall<TReply>)state!).Cancel(token), this);

    bool IPendingCall.TryAdd(in CallEvent reply) => false;

    public void Complete(in CallEvent reply)
    {
        _cancellation.Unregister();
        var read = TryRead(reply, out var value, out var failure);
        CallTelemetry.Ended(this, table.Time, failure);
        if (read)
            TrySetResult(value);
        else
            TrySetException(failure!);
    }

    public void Fail(Exception reason)
    {
        _cancellation.Unregister();
        CallTelemetry.Ended(this, table.Time, reason);
        if (reason is OperationCanceledException cancelled)
            TrySetCanceled(cancelled.CancellationToken);
        else
            TrySetException(reason);
    }

    // The buffer goes back before the continuation runs, which is user code and may take its time.
    private bool TryRead(in CallEvent reply, out TReply value, out Exception? failure)
    {
        try
        {
            failure = null;
            value = default!;
            if (Fault.TryRead(reply.Properties, out var fault))
                failure = fault.ToException(method, reply.Body.Span, table.Time.GetElapsedTime(started));
            else if (!TryDecode(reply.Content, out value, out var error))
                failure = table.Explain(this, RpcStatus.Internal, RpcOutcome.Executed, $"the reply cannot be read: {error}");
        }
        catch (Exception e) // The application's own JSON converter.
        {
            value = default!;
            failure = table.Explain(this, RpcStatus.Internal, RpcOutcome.Executed, $"the reply cannot be read: {e.Message}", e);
        }
        finally
        {
            reply.Buffer?.Release();
        }
        return failure is null;
    }

    private bool TryDecode(in ReceivedBody body, out TReply value, out string error) =>
        method is null ? table.Codec.TryDecode(body, out value, out error) : method.TryDecodeReply(body, out value, out error);

    private void Cancel(CancellationToken cancellationToken) => table.Cancel(this, cancellationToken);
}
