using Microsoft.Extensions.Logging;

namespace Warren.Client;

/// <summary>How to come back after a connection was lost.</summary>
public sealed record ReconnectPolicy
{
    /// <summary>100 ms growing to 30 s, with jitter, for ever.</summary>
    public static ReconnectPolicy Default { get; } = new();

    /// <summary>No second connection: the end of the first is the end.</summary>
    public static ReconnectPolicy Never { get; } = new() { MaxAttempts = 0 };

    /// <summary>The wait before the first attempt.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts in a row may fail before the keeper gives up.</summary>
    public int MaxAttempts { get; init; } = int.MaxValue;

    /// <summary>The wait before an attempt: doubled each time up to the longest, then between half and all of it, so that clients do not come back in step.</summary>
    /// <param name="attempt">From 0.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan DelayBefore(int attempt, double random)
    {
        var full = Math.Min(MaxDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (random / 2)));
    }
}

/// <summary>
/// A connection that is made again when it is lost: the endpoints in turn, with back-off and jitter. What has to stand on every new
/// connection (queues, consumers) is set up by a callback before anyone else gets the connection. A broker that refuses the login ends it.
/// </summary>
public sealed class ConnectionKeeper : IAsyncDisposable
{
    private readonly ConnectionOptions _options;
    private readonly ReconnectPolicy _policy;
    private readonly Func<AmqpConnection, CancellationToken, Task> _onConnected;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<AmqpConnection> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AmqpConnection? _current;
    private Task _watching = Task.CompletedTask;
    private long _reconnects;
    private int _disposed;

    private ConnectionKeeper(ConnectionOptions options, ReconnectPolicy policy, Func<AmqpConnection, CancellationToken, Task> onConnected)
    {
        _options = options;
        _policy = policy;
        _onConnected = onConnected;
        _log = options.LoggerFactory.CreateLogger<ConnectionKeeper>();
    }

    /// <summary>The present connection; null while there is none.</summary>
    public AmqpConnection? Current => Volatile.Read(ref _current) is { IsOpen: true } connection ? connection : null;

    /// <summary>How the first attempt went: completed when there was a connection, failed with the reason when there was none.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>How often the connection was made again.</summary>
    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>Connects for the first time; that this fails is the caller's to know.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="policy">How to come back.</param>
    /// <param name="onConnected">Sets up what every connection needs. If it throws, the connection counts as failed.</param>
    /// <param name="cancellationToken">Stops the first attempt.</param>
    /// <exception cref="AccessRefusedException">The login or the virtual host was refused.</exception>
    /// <exception cref="ConnectFailedException">No endpoint could be reached.</exception>
    public static async Task<ConnectionKeeper> StartAsync(
        ConnectionOptions options, ReconnectPolicy policy, Func<AmqpConnection, CancellationToken, Task> onConnected, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(onConnected);
        var keeper = new ConnectionKeeper(options, policy, onConnected);
        keeper.Publish(await keeper.ConnectAsync(cancellationToken).ConfigureAwait(false));
        keeper._firstAttempt.SetResult();
        keeper._watching = keeper.WatchAsync();
        return keeper;
    }

    /// <summary>
    /// Connects in the background, and goes on trying as after a lost connection: a broker that is down is waited for, one that refuses the login is not.
    /// Whoever wants the connection meanwhile waits in <see cref="GetAsync"/>; <see cref="FirstAttempt"/> says how the first attempt went.
    /// </summary>
    public static ConnectionKeeper Open(ConnectionOptions options, ReconnectPolicy policy, Func<AmqpConnection, CancellationToken, Task> onConnected)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(onConnected);
        var keeper = new ConnectionKeeper(options, policy, onConnected);
        _ = keeper._firstAttempt.Task.ContinueWith(static first => _ = first.Exception, TaskScheduler.Default); // Nobody has to ask for it.
        keeper._watching = Task.Run(keeper.ConnectAndWatchAsync);
        return keeper;
    }

    /// <summary>The present connection, or the next one.</summary>
    /// <exception cref="AmqpException">The keeper has given up or was disposed.</exception>
    public async ValueTask<AmqpConnection> GetAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Current is { } present)
                return present;
            var connection = await Volatile.Read(ref _next).Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (connection.IsOpen)
                return connection;
            // It was lost a moment ago, or is closing, and the watch has not noticed yet.
            await connection.Closed.WaitAsync(cancellationToken).ConfigureAwait(false);
            await Task.Yield();
        }
    }

    /// <summary>Closes the connection and makes no other. A second time does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (Current is { } connection)
            await connection.CloseAsync().ConfigureAwait(false);
        // Otherwise there is none, or the watch is about to publish one, sees that it comes too late, and closes it.
        await _watching.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task ConnectAndWatchAsync()
    {
        try
        {
            Publish(await ConnectAsync(_stopping.Token).ConfigureAwait(false));
            _firstAttempt.SetResult();
        }
        catch (Exception e)
        {
            _firstAttempt.SetException(e);
            if (e is AccessRefusedException)
                Log.ReconnectGivenUp(_log, _options.ConnectionName, e.Message);
            var failure = e is AccessRefusedException || _stopping.IsCancellationRequested ? e : await ComeBackAsync(e).ConfigureAwait(false);
            if (failure is not null)
            {
                GiveUp(_stopping.IsCancellationRequested ? new AmqpException("it was closed before the first connection stood", e) : failure);
                return;
            }
        }
        await WatchAsync().ConfigureAwait(false);
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            if (_stopping.IsCancellationRequested)
                await _current!.CloseAsync().ConfigureAwait(false);
            var reason = await _current!.Closed.ConfigureAwait(false);
            if ((_stopping.IsCancellationRequested ? reason : await ComeBackAsync(reason).ConfigureAwait(false)) is { } failure)
            {
                GiveUp(failure);
                return;
            }
        }
    }

    // Null when there is a connection again; otherwise why there will be none: what the last attempt met with, not what the old connection ended by.
    private async Task<Exception?> ComeBackAsync(Exception lastFailure)
    {
        if (_next.Task.IsCompleted) // Not before the first connection: then somebody may wait for it already.
            Volatile.Write(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        for (var attempt = 0; attempt < _policy.MaxAttempts; attempt++)
        {
            var delay = _policy.DelayBefore(attempt, Random.Shared.NextDouble());
            if (attempt > 0)
                Log.ReconnectFailed(_log, _options.ConnectionName, attempt, delay.TotalMilliseconds, lastFailure.Message);
            try
            {
                await Task.Delay(delay, _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
                var connection = await ConnectAsync(_stopping.Token).ConfigureAwait(false);
                if (_current is not null)
                    Interlocked.Increment(ref _reconnects);
                Publish(connection);
                Log.Reconnected(_log, _options.ConnectionName, connection.Endpoint.ToString());
                return null;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return lastFailure;
            }
            catch (AccessRefusedException e)
            {
                lastFailure = e;
                break; // The answer would be the same every time.
            }
            catch (Exception e) // Of the callback too, whatever it is: the next attempt may do better.
            {
                lastFailure = e;
            }
        }
        Log.ReconnectGivenUp(_log, _options.ConnectionName, lastFailure.Message);
        return lastFailure;
    }

    private async Task<AmqpConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await AmqpConnection.ConnectAsync(_options, cancellationToken).ConfigureAwait(false);
        try
        {
            await _onConnected(connection, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private void Publish(AmqpConnection connection)
    {
        Interlocked.Exchange(ref _current, connection); // In full before the watch asks whether it shall stop: who disposes does both the other way round.
        _next.TrySetResult(connection);
    }

    private void GiveUp(Exception reason)
    {
        // Disposed while the connection stood: the task that told of it has ended, and those who come now have to hear that it was the last one.
        if (_next.Task.IsCompleted)
            Volatile.Write(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _next.TrySetException(new AmqpException($"There is no connection and there will be none: {reason.Message}", reason));
        _ = _next.Task.Exception; // Seen, even if nobody asks for a connection any more.
    }
}
