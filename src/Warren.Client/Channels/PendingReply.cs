using Warren.Amqp;

namespace Warren.Client;

/// <summary>A method that waits for its answer; a channel has one at a time.</summary>
internal abstract class PendingReply
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the answer came or will not come. Never faults.</summary>
    public Task Settled => _settled.Task;

    /// <summary>On the receiving thread: takes the method if it is the answer.</summary>
    public abstract bool TryAccept(MethodId id, ReadOnlyMemory<byte> payload);

    /// <summary>There will be no answer.</summary>
    public abstract void Fail(Exception reason);

    protected void Settle() => _settled.TrySetResult();
}

/// <summary>Waits for one kind of answer.</summary>
/// <param name="accepted">Called on the receiving thread, before the next frame is read.</param>
internal sealed class PendingReply<TOk>(Action<TOk>? accepted = null) : PendingReply
    where TOk : struct, IMethod<TOk>
{
    private readonly TaskCompletionSource<TOk> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TOk> Task => _reply.Task;

    public override bool TryAccept(MethodId id, ReadOnlyMemory<byte> payload)
    {
        if (id != TOk.Id)
            return false;
        var ok = MethodPayload.Read<TOk>(payload.ToArray()); // The answer outlives the frame.
        accepted?.Invoke(ok);
        _reply.TrySetResult(ok);
        Settle();
        return true;
    }

    public override void Fail(Exception reason)
    {
        _reply.TrySetException(reason);
        _ = _reply.Task.Exception; // Seen, even if the caller has stopped waiting.
        Settle();
    }
}

/// <summary>Waits for the answer to basic.get: a message or none.</summary>
internal sealed class PendingGet : PendingReply
{
    private readonly TaskCompletionSource<Delivery?> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Delivery?> Task => _reply.Task;

    public override bool TryAccept(MethodId id, ReadOnlyMemory<byte> payload)
    {
        if (id != MethodId.BasicGetEmpty)
            return false;
        Complete(null);
        return true;
    }

    public void Complete(Delivery? delivery)
    {
        _reply.TrySetResult(delivery);
        Settle();
    }

    public override void Fail(Exception reason)
    {
        _reply.TrySetException(reason);
        _ = _reply.Task.Exception;
        Settle();
    }
}
