namespace Warren;

/// <summary>A request whose handler has started: its reply to come, or the items of its stream.</summary>
internal readonly record struct StartedRequest(ValueTask<Payload> Reply, IAsyncEnumerable<Payload>? Items = null);

/// <summary>A server's code behind one face: decode the request, run, encode the reply.</summary>
internal abstract class RequestHandler
{
    /// <summary>The contract that is served; null for a plain queue.</summary>
    public virtual RpcContract? Contract => null;

    /// <summary>The method that the request names; null for a plain queue, and when there is no such method.</summary>
    public virtual RpcMethod? MethodOf(in ServerItem request) => null;

    /// <summary>True when the code looks at its token, so that there has to be one.</summary>
    public abstract bool TakesToken(RpcMethod? method);

    /// <summary>False when the code computes its reply at once and takes no token: it is taken to make no calls and to ask nobody about its request, and has no <see cref="RequestContext"/>.</summary>
    public virtual bool TakesContext => true;

    /// <summary>Starts the code. False when the request cannot be decoded; then it has not run, and the fault says why.</summary>
    public abstract bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault);

    private protected static Fault Invalid(string error) => new(RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, error);
}

/// <summary>Code that computes its reply at once.</summary>
internal sealed class SyncHandler<TRequest, TReply>(BodyCodec codec, Func<TRequest, CancellationToken, TReply>? withToken, Func<TRequest, TReply>? plain) : RequestHandler
{
    public override bool TakesContext => withToken is not null;

    public override bool TakesToken(RpcMethod? method) => withToken is not null;

    public override bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault)
    {
        started = default;
        fault = default;
        if (!codec.TryDecode<TRequest>(request.Content, out var value, out var error))
        {
            fault = Invalid(error);
            return false;
        }
        started = new StartedRequest(new ValueTask<Payload>(codec.Encode(plain is not null ? plain(value) : withToken!(value, cancellationToken), codec.Find(request.Properties.ContentType))));
        return true;
    }
}

/// <summary>Code that awaits.</summary>
internal sealed class AsyncHandler<TRequest, TReply>(BodyCodec codec, bool takesToken, Func<TRequest, CancellationToken, ValueTask<TReply>> code) : RequestHandler
{
    public override bool TakesToken(RpcMethod? method) => takesToken;

    public override bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault)
    {
        started = default;
        fault = default;
        if (!codec.TryDecode<TRequest>(request.Content, out var value, out var error))
        {
            fault = Invalid(error);
            return false;
        }
        var wanted = codec.Find(request.Properties.ContentType); // Now: the request's properties are a view.
        var running = code(value, cancellationToken);
        started = new StartedRequest(running.IsCompletedSuccessfully ? new ValueTask<Payload>(codec.Encode(running.Result, wanted)) : EncodeAsync(running, wanted));
        return true;
    }

    private async ValueTask<Payload> EncodeAsync(ValueTask<TReply> running, ContentType? wanted) => codec.Encode(await running.ConfigureAwait(false), wanted);
}

/// <summary>Code that takes the request as it came.</summary>
internal sealed class RawHandler(Func<Request, CancellationToken, ValueTask<Payload>> code) : RequestHandler
{
    public override bool TakesToken(RpcMethod? method) => true;

    public override bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault)
    {
        fault = default;
        var timeLeft = budget.IsLimited ? TimeSpan.FromMilliseconds(budget.LeftMs) : default(TimeSpan?);
        started = new StartedRequest(code(new Request(queue, request.Body.ToArray(), request.Properties.ToOwned(), request.Redelivered, timeLeft), cancellationToken));
        return true;
    }
}
