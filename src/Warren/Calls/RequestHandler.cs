namespace Warren;

/// <summary>A server's code behind one face: decode the request, run, encode the reply.</summary>
internal abstract class RequestHandler
{
    /// <summary>True when the code looks at its token, so that there has to be one.</summary>
    public abstract bool TakesToken { get; }

    /// <summary>Starts the code. False when the request cannot be decoded; then it has not run, and <paramref name="error"/> says why.</summary>
    public abstract bool TryStart(string queue, in ServerItem request, Budget budget, CancellationToken cancellationToken, out ValueTask<Payload> reply, out string error);
}

/// <summary>Code that computes its reply at once.</summary>
internal sealed class SyncHandler<TRequest, TReply>(BodyCodec codec, Func<TRequest, CancellationToken, TReply>? withToken, Func<TRequest, TReply>? plain) : RequestHandler
{
    public override bool TakesToken => withToken is not null;

    public override bool TryStart(string queue, in ServerItem request, Budget budget, CancellationToken cancellationToken, out ValueTask<Payload> reply, out string error)
    {
        reply = default;
        if (!codec.TryDecode<TRequest>(request.Body.Span, out var value, out error))
            return false;
        reply = new ValueTask<Payload>(codec.Encode(plain is not null ? plain(value) : withToken!(value, cancellationToken)));
        return true;
    }
}

/// <summary>Code that awaits.</summary>
internal sealed class AsyncHandler<TRequest, TReply>(BodyCodec codec, bool takesToken, Func<TRequest, CancellationToken, ValueTask<TReply>> code) : RequestHandler
{
    public override bool TakesToken => takesToken;

    public override bool TryStart(string queue, in ServerItem request, Budget budget, CancellationToken cancellationToken, out ValueTask<Payload> reply, out string error)
    {
        reply = default;
        if (!codec.TryDecode<TRequest>(request.Body.Span, out var value, out error))
            return false;
        var running = code(value, cancellationToken);
        reply = running.IsCompletedSuccessfully ? new ValueTask<Payload>(codec.Encode(running.Result)) : EncodeAsync(running);
        return true;
    }

    private async ValueTask<Payload> EncodeAsync(ValueTask<TReply> running) => codec.Encode(await running.ConfigureAwait(false));
}

/// <summary>Code that takes the request as it came.</summary>
internal sealed class RawHandler(Func<Request, CancellationToken, ValueTask<Payload>> code) : RequestHandler
{
    public override bool TakesToken => true;

    public override bool TryStart(string queue, in ServerItem request, Budget budget, CancellationToken cancellationToken, out ValueTask<Payload> reply, out string error)
    {
        error = "";
        var timeLeft = budget.IsLimited ? TimeSpan.FromMilliseconds(budget.LeftMs) : default(TimeSpan?);
        reply = code(new Request(queue, request.Body.ToArray(), request.Properties.ToOwned(), request.Redelivered, timeLeft), cancellationToken);
        return true;
    }
}
