using Warren.Amqp;

namespace Warren.Chaos;

/// <summary>A step of a call, as the next message that passes, on whatever connection of a proxy: where that connection ends.</summary>
/// <param name="fromBroker">Whether the broker sends the message.</param>
/// <param name="method">The message.</param>
/// <param name="after">True lets it through, whole, and nothing after it in either direction; false keeps it back.</param>
internal sealed class CutPoint(bool fromBroker, MethodId method, bool after)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    public bool After => after;

    /// <summary>Completes when the connection is cut.</summary>
    public Task Reached => _reached.Task;

    /// <summary>True for the first message that it is about.</summary>
    public bool TryTake(bool isFromBroker, MethodId passing) => isFromBroker == fromBroker && passing == method && Interlocked.Exchange(ref _taken, 1) == 0;

    public void Reach() => _reached.TrySetResult();
}
