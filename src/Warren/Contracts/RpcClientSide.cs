using System.ComponentModel;

namespace Warren;

/// <summary>For generated clients: arguments are checked and written before anything is sent.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcClientSide
{
    /// <summary>Calls a method with one reply.</summary>
    public static Task<TReply> CallAsync<TArguments, TReply>(
        RpcInvoker invoker, RpcMethod<TReply> method, RpcType<TArguments> type, TArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        Payload body;
        try
        {
            body = Write(method, type, arguments);
        }
        catch (Exception e) // Whatever it is, an asynchronous method says it through its task.
        {
            return Task.FromException<TReply>(e);
        }
        return invoker.CallAsync(method, body, cancellationToken);
    }

    /// <summary>Calls a method without a reply.</summary>
    public static Task SendAsync<TArguments>(
        RpcInvoker invoker, RpcMethod method, RpcType<TArguments> type, TArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        Payload body;
        try
        {
            body = Write(method, type, arguments);
        }
        catch (Exception e) // Whatever it is, an asynchronous method says it through its task.
        {
            return Task.FromException(e);
        }
        return invoker.SendAsync(method, body, cancellationToken);
    }

    /// <summary>Calls a method that streams. Bad arguments throw here, before the enumeration.</summary>
    /// <exception cref="RpcException">The arguments cannot travel or are out of bounds.</exception>
    public static IAsyncEnumerable<TItem> StreamAsync<TArguments, TItem>(
        RpcInvoker invoker, RpcMethod<TItem> method, RpcType<TArguments> type, TArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        return invoker.StreamAsync(method, Write(method, type, arguments), cancellationToken);
    }

    private static Payload Write<TArguments>(RpcMethod method, RpcType<TArguments> type, TArguments arguments)
    {
        try
        {
            // Written first: writing finds the nulls that may not be there, which rules would run into.
            var body = type.Encode(arguments);
            var flaw = default(RpcFlaw);
            return !type.HasRules || type.IsValid(arguments, ref flaw) ? body : throw Refused(method, flaw.ToString());
        }
        catch (UnsendableException e)
        {
            throw Refused(method, e.Message);
        }
    }

    private static RpcException Refused(RpcMethod method, string why) => new(RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, $"{method}: {why}");
}
