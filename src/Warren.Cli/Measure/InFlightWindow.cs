using System.Diagnostics;

namespace Warren.Cli.Measure;

/// <summary>
/// Bounds how many messages are on their way from one publisher through one queue to one consumer, and times them: messages keep
/// their order, so the place in a ring is the message. Publisher and consumer meet once per batch, not once per message.
/// </summary>
internal sealed class InFlightWindow : IDisposable
{
    private readonly SemaphoreSlim _batches;
    private readonly long[] _enteredAt;
    private readonly int _batch;
    private readonly Meter.Lane _lane;
    private long _entered; // Owned by the publisher.
    private long _left;    // Owned by the consumer.

    public InFlightWindow(int limit, Meter.Lane lane)
    {
        _lane = lane;
        _batch = Math.Max(1, limit / 16);
        var batches = limit / _batch;
        _batches = new SemaphoreSlim(batches);
        _enteredAt = new long[_batch * (batches + 1)]; // The publisher may be a batch ahead of what the consumer has given back.
    }

    /// <summary>Before a message is published; waits while the window is full.</summary>
    public ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        if (_entered % _batch == 0 && !_batches.Wait(0, CancellationToken.None))
            return EnterLaterAsync(cancellationToken);
        Stamp();
        return default;
    }

    /// <summary>When a message was consumed.</summary>
    public void Left()
    {
        _lane.Add(since: Volatile.Read(ref _enteredAt[_left % _enteredAt.Length]));
        if (++_left % _batch == 0)
            _batches.Release();
    }

    public void Dispose() => _batches.Dispose();

    private async ValueTask EnterLaterAsync(CancellationToken cancellationToken)
    {
        await _batches.WaitAsync(cancellationToken);
        Stamp();
    }

    private void Stamp() => Volatile.Write(ref _enteredAt[_entered++ % _enteredAt.Length], Stopwatch.GetTimestamp());
}
