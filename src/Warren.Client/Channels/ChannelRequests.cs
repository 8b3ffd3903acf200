using Warren.Amqp;

namespace Warren.Client;

/// <summary>The methods of a channel that the broker answers. They take turns: the answers carry no number, only their order says whose they are.</summary>
internal sealed class ChannelRequests(AmqpConnection connection, ushort number, ChannelInbox inbox) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Sends a method and waits for its answer.</summary>
    /// <param name="method">The method.</param>
    /// <param name="cancellationToken">Stops the waiting, not the broker.</param>
    /// <param name="accepted">Called on the receiving thread, before the next frame is read.</param>
    /// <exception cref="AmqpException">No answer within <see cref="ConnectionOptions.RequestTimeout"/>, or the channel has ended.</exception>
    public async Task<TOk> RequestAsync<TMethod, TOk>(TMethod method, CancellationToken cancellationToken, Action<TOk>? accepted = null)
        where TMethod : struct, IMethod
        where TOk : struct, IMethod<TOk>
    {
        var pending = new PendingReply<TOk>(accepted);
        await AskAsync(method, pending, cancellationToken).ConfigureAwait(false);
        return await pending.Task.ConfigureAwait(false);
    }

    /// <summary>Takes one message from a queue; null when it has none.</summary>
    public async Task<Delivery?> GetAsync(BasicGet method, CancellationToken cancellationToken)
    {
        var pending = new PendingGet();
        await AskAsync(method, pending, cancellationToken).ConfigureAwait(false);
        return await pending.Task.ConfigureAwait(false);
    }

    public void Dispose() => _turn.Dispose();

    // The turn is given back by the answer, not by the caller: who stops waiting must not let the next one take a foreign answer.
    private async Task AskAsync<TMethod>(TMethod method, PendingReply pending, CancellationToken cancellationToken)
        where TMethod : struct, IMethod
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            inbox.Expect(pending);
        }
        catch
        {
            _turn.Release();
            throw;
        }
        _ = pending.Settled.ContinueWith(static (_, turn) => ((SemaphoreSlim)turn!).Release(), _turn, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        connection.Send(number, method);
        try
        {
            await pending.Settled.WaitAsync(connection.Options.RequestTimeout, connection.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AmqpException(
                $"{TMethod.Id} on channel {number}: no answer within {connection.Options.RequestTimeout.TotalSeconds:0.#} s"
                + (connection.BlockedReason is { } reason ? $"; the broker has blocked this connection: {reason}." : "."));
        }
    }
}
