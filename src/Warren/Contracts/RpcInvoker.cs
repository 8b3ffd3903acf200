namespace Warren;

/// <summary>
/// What a contract's client calls: the way to the server. The arguments are the body of the request: a JSON object of the parameters
/// by name, or the one parameter in the contract's format. They belong to the call and are not written again.
/// </summary>
public abstract class RpcInvoker
{
    /// <summary>Calls, and returns the reply.</summary>
    public abstract Task<TReply> CallAsync<TReply>(RpcMethod<TReply> method, Payload arguments, CancellationToken cancellationToken);

    /// <summary>Sends a request that has no reply.</summary>
    public abstract Task SendAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken);

    /// <summary>Calls, and returns the items as they come. Nothing is sent before the enumeration begins; a second enumeration is a second call.</summary>
    public abstract IAsyncEnumerable<TItem> StreamAsync<TItem>(RpcMethod<TItem> method, Payload arguments, CancellationToken cancellationToken);
}
