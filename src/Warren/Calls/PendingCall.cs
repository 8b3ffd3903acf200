using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A call that has not ended, as the table and the client see it.</summary>
internal interface IPendingCall
{
    CorrelationId Id { get; set; }

    /// <summary>False while the table is full and the call waits for a place in it. Guarded by the table's lock.</summary>
    bool HasSlot { get; set; }

    /// <summary>Timestamps of the bus's clock.</summary>
    long Started { get; }

    long Deadline { get; }

    QueueAddress Address { get; }

    /// <summary>Where the request was written; null before.</summary>
    CallLink? Link { get; set; }

    SendPosition Position { get; set; }

    /// <summary>The caller's task.</summary>
    Task Completion { get; }

    /// <summary>Ends the call with this reply, on a runner, and releases the buffer. Only for who took the call out of the table.</summary>
    void Complete(in CallEvent reply);

    /// <summary>Ends the call badly, on a runner. Only for who took the call out of the table.</summary>
    void Fail(Exception reason);
}

/// <summary>
/// The caller's task and everything the client knows of the call, in one object. Its continuation runs where it is completed: on the
/// runner that handles the batch of replies, so that the next request leaves with the others of the batch.
/// </summary>
internal sealed class PendingCall<TReply>(CallClient client, QueueAddress address, long started, long deadline) : TaskCompletionSource<TReply>, IPendingCall
{
    private CancellationTokenRegistration _cancellation;

    public CorrelationId Id { get; set; }

    public bool HasSlot { get; set; }

    public long Started => started;

    public long Deadline => deadline;

    public QueueAddress Address => address;

    public CallLink? Link { get; set; }

    public SendPosition Position { get; set; }

    Task IPendingCall.Completion => Task;

    /// <summary>The caller's token ends the call. Only for tokens that can be cancelled: it costs an allocation.</summary>
    public void EndBy(CancellationToken cancellationToken) =>
        _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((PendingCall<TReply>)state!).Cancel(token), this);

    public void Complete(in CallEvent reply)
    {
        _cancellation.Unregister();
        if (TryRead(reply, out var value, out var failure))
            TrySetResult(value);
        else
            TrySetException(failure!);
    }

    public void Fail(Exception reason)
    {
        _cancellation.Unregister();
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
                failure = client.Explain(this, fault.Status, fault.Outcome, fault.Detail);
            else if (!client.Codec.TryDecode(reply.Body.Span, out value, out var error))
                failure = client.Explain(this, RpcStatus.Internal, RpcOutcome.Executed, $"the reply cannot be read: {error}");
        }
        catch (Exception e) // The application's own JSON converter.
        {
            value = default!;
            failure = client.Explain(this, RpcStatus.Internal, RpcOutcome.Executed, $"the reply cannot be read: {e.Message}", e);
        }
        finally
        {
            reply.Buffer?.Release();
        }
        return failure is null;
    }

    private void Cancel(CancellationToken cancellationToken) => client.Cancel(this, cancellationToken);
}
