using Microsoft.Extensions.Logging;
using Warren.Client;

namespace Warren;

/// <summary>
/// Everything that stands on the bus's connection, and its way back after the connection was lost: servers and subscriptions first, with
/// their topology, then the reply queues; publishing opens when the last one stands.
/// </summary>
internal sealed class Attachments(ReconnectPolicy policy, TimeProvider time, ILogger log)
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<IAttachment> _attachments = []; // Changed by who has the turn.
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Sets up one more; false when the connection has ended meanwhile.</summary>
    public async Task<bool> AddAsync(IAttachment attachment, AmqpConnection connection, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!connection.IsOpen)
                return false;
            await attachment.AttachAsync(connection, cancellationToken).ConfigureAwait(false);
            _attachments.Insert(attachment is FastCalls or SafeCalls ? _attachments.Count : 0, attachment);
            return true;
        }
        catch (ConnectionClosedException)
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task RemoveAsync(IAttachment attachment)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _attachments.Remove(attachment);
        _turn.Release();
    }

    /// <summary>Sets up everything on a new connection. One that the broker refuses must not keep the others away: it tries again later.</summary>
    public async Task AttachAllAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var attachment in _attachments)
            {
                try
                {
                    await attachment.AttachAsync(connection, cancellationToken).ConfigureAwait(false);
                }
                catch (ChannelClosedException e)
                {
                    Log.RestoreFailed(log, attachment.ToString()!, policy.FirstDelay.TotalMilliseconds, e.Message);
                    Restore(attachment, connection);
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sets one up again on this connection, as often as it takes, while the connection lives.</summary>
    public void Restore(IAttachment attachment, AmqpConnection connection) => _ = RestoreAsync(attachment, connection);

    public void Close() => _closing.Cancel();

    private async Task RestoreAsync(IAttachment attachment, AmqpConnection connection)
    {
        for (var attempt = 0; connection.IsOpen; attempt++)
        {
            try
            {
                await Task.Delay(policy.DelayBefore(attempt, Random.Shared.NextDouble()), time, _closing.Token).ConfigureAwait(false);
                await _turn.WaitAsync(_closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                if (_attachments.Contains(attachment) && connection.IsOpen)
                    await attachment.AttachAsync(connection, _closing.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is AmqpException or OperationCanceledException)
            {
                Log.RestoreFailed(log, attachment.ToString()!, policy.DelayBefore(attempt + 1, 1).TotalMilliseconds, e.Message);
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
