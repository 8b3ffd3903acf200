using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>The calls of a contract's client, over the bus.</summary>
internal sealed class ContractClient(Bus bus, RpcContract contract, CallOptions options) : RpcInvoker
{
    public override Task<TReply> CallAsync<TReply>(RpcMethod<TReply> method, Payload arguments, CancellationToken cancellationToken)
    {
        return options.Retry is not null
            ? CallAgainAsync(method, arguments, cancellationToken)
            : bus.CallAsync(contract, method, arguments, options, cancellationToken);
    }

    private Task<TReply> CallAgainAsync<TReply>(RpcMethod<TReply> method, Payload arguments, CancellationToken cancellationToken) => Again(method).RunAsync(
        attempt => bus.CallAsync(contract, method, arguments, attempt, cancellationToken), cancellationToken);

    public override Task SendAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken) =>
        options.Retry is not null
            ? SendAgainAsync(method, arguments, cancellationToken)
            : bus.SendOneWayAsync(contract, method, arguments, options, cancellationToken);

    private Task<RpcVoid> SendAgainAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken) => Again(method).RunAsync(
        attempt => bus.SendOneWayAsync(contract, method, arguments, attempt, cancellationToken), cancellationToken);

    public override async IAsyncEnumerable<TItem> StreamAsync<TItem>(
        RpcMethod<TItem> method, Payload arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var stream = bus.OpenStream(contract, method, arguments, options);
        await foreach (var item in stream.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    private RetriedCall Again(RpcMethod method) => new(contract.Name, method, method.IsIdempotent || options.IsIdempotent, options, bus.Options);
}

/// <summary>Notes which method is called with what, for a call that goes to all instances.</summary>
internal sealed class NotedCall : RpcInvoker
{
    public RpcMethod? Method { get; private set; }

    public Payload Arguments { get; private set; }

    public override Task<TReply> CallAsync<TReply>(RpcMethod<TReply> method, Payload arguments, CancellationToken cancellationToken)
    {
        (Method, Arguments) = (method, arguments);
        return new TaskCompletionSource<TReply>().Task; // Nobody awaits it: the replies come elsewhere.
    }

    public override Task SendAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken) => throw Unsuitable(method);

    public override IAsyncEnumerable<TItem> StreamAsync<TItem>(RpcMethod<TItem> method, Payload arguments, CancellationToken cancellationToken) => throw Unsuitable(method);

    private static InvalidOperationException Unsuitable(RpcMethod method) => new($"{method} has no single reply, so it cannot be called on all instances.");
}
