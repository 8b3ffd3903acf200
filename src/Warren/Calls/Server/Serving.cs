using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>Serving a queue: <c>await using var server = await bus.ServeAsync("rpc_queue", (int n) => Fib(n));</c></summary>
public static class Serving
{
    /// <summary>
    /// Serves a queue with code that computes its reply. It never holds up the connection; as many run at once as the options allow. Code that makes calls
    /// of its own should take a token or await: only then its calls have no more time than the one it serves (see <see cref="RequestContext.Current"/>).
    /// </summary>
    /// <exception cref="InvalidOperationException">A type travels as JSON and is not described in <see cref="BusOptions.Json"/>.</exception>
    /// <exception cref="Client.ChannelClosedException">The queue exists and is different (406), or may not be used (403).</exception>
    public static Task<RpcServer> ServeAsync<TRequest, TReply>(
        this Bus bus, Queue queue, Func<TRequest, TReply> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require<TRequest, TReply>(bus, handler);
        return bus.ServeAsync(queue, new SyncHandler<TRequest, TReply>(bus.Codec, withToken: null, handler), options, cancellationToken);
    }

    /// <summary>As above; the token fires when the caller's time is up, and when a stopping server will wait no longer.</summary>
    /// <inheritdoc cref="ServeAsync{TRequest, TReply}(Bus, Queue, Func{TRequest, TReply}, ServeOptions?, CancellationToken)"/>
    public static Task<RpcServer> ServeAsync<TRequest, TReply>(
        this Bus bus, Queue queue, Func<TRequest, CancellationToken, TReply> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require<TRequest, TReply>(bus, handler);
        return bus.ServeAsync(queue, new SyncHandler<TRequest, TReply>(bus.Codec, handler, plain: null), options, cancellationToken);
    }

    /// <summary>Serves a queue with code that awaits.</summary>
    /// <inheritdoc cref="ServeAsync{TRequest, TReply}(Bus, Queue, Func{TRequest, TReply}, ServeOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)] // An async lambda could be either of Task and ValueTask; it is a Task.
    public static Task<RpcServer> ServeAsync<TRequest, TReply>(
        this Bus bus, Queue queue, Func<TRequest, Task<TReply>> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require<TRequest, TReply>(bus, handler);
        return bus.ServeAsync(queue, new AsyncHandler<TRequest, TReply>(bus.Codec, takesToken: false, (request, _) => new(handler(request))), options, cancellationToken);
    }

    /// <summary>Serves a queue with code that awaits; the token fires when the caller's time is up, and when a stopping server will wait no longer.</summary>
    /// <inheritdoc cref="ServeAsync{TRequest, TReply}(Bus, Queue, Func{TRequest, TReply}, ServeOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public static Task<RpcServer> ServeAsync<TRequest, TReply>(
        this Bus bus, Queue queue, Func<TRequest, CancellationToken, Task<TReply>> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require<TRequest, TReply>(bus, handler);
        return bus.ServeAsync(queue, new AsyncHandler<TRequest, TReply>(bus.Codec, takesToken: true, (request, token) => new(handler(request, token))), options, cancellationToken);
    }

    /// <summary>Serves a queue with code that returns a <see cref="ValueTask{TReply}"/>.</summary>
    /// <inheritdoc cref="ServeAsync{TRequest, TReply}(Bus, Queue, Func{TRequest, TReply}, ServeOptions?, CancellationToken)"/>
    public static Task<RpcServer> ServeAsync<TRequest, TReply>(
        this Bus bus, Queue queue, Func<TRequest, CancellationToken, ValueTask<TReply>> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Require<TRequest, TReply>(bus, handler);
        return bus.ServeAsync(queue, new AsyncHandler<TRequest, TReply>(bus.Codec, takesToken: true, handler), options, cancellationToken);
    }

    /// <summary>Serves a queue with code that takes requests as they came, properties and octets, and returns the body of the reply.</summary>
    /// <inheritdoc cref="ServeAsync{TRequest, TReply}(Bus, Queue, Func{TRequest, TReply}, ServeOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(2)]
    public static Task<RpcServer> ServeAsync(
        this Bus bus, Queue queue, Func<Request, CancellationToken, Task<Payload>> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(handler);
        return bus.ServeAsync(queue, new RawHandler((request, token) => new(handler(request, token))), options, cancellationToken);
    }

    private static void Require<TRequest, TReply>(Bus bus, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(handler);
        bus.Codec.Require<TRequest>();
        bus.Codec.Require<TReply>();
    }
}
