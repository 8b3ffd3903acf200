using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Asks the broker for a queue's consumers, by passive declare, on a channel of its own because a missing queue closes the channel.</summary>
internal sealed class QueueProbe(TimeProvider time)
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private AmqpChannel? _channel; // Owned by who holds the semaphore.

    /// <summary>Asks, or joins those who ask already. Never throws: what cannot be known is said to be unknown.</summary>
    public Task<QueueState> AskAsync(AmqpConnection connection, CallAddress address)
    {
        lock (address)
            return address.Asking ??= AskOnceAsync(connection, address);
    }

    private async Task<QueueState> AskOnceAsync(AmqpConnection connection, CallAddress address)
    {
        await Task.Yield(); // The caller holds the lock and has to store this task first.
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        QueueState state;
        try
        {
            state = await DeclareAsync(connection, address.Queue.ToString()).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
        lock (address)
        {
            address.Asking = null;
            address.State = state;
            address.StateAt = time.GetTimestamp();
        }
        address.HasServer = !state.HasNoServer && connection.IsOpen;
        return state;
    }

    private async Task<QueueState> DeclareAsync(AmqpConnection connection, string queue)
    {
        try
        {
            if (_channel is not { IsOpen: true } || _channel.Connection != connection)
                _channel = await connection.OpenChannelAsync().ConfigureAwait(false);
            var answer = await _channel.DeclareQueuePassiveAsync(queue).ConfigureAwait(false);
            return new QueueState(Known: true, Exists: true, answer.ConsumerCount, answer.MessageCount);
        }
        catch (ChannelClosedException e) when (e.ReplyCode == ReplyCode.NotFound)
        {
            return new QueueState(Known: true, Exists: false, 0, 0);
        }
        catch (Exception) // Not permitted, exclusive to someone, no connection, no answer: all of it means that we do not know.
        {
            return default;
        }
    }
}
