using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>For generated dispatchers: arguments in, replies out.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcServerSide
{
    /// <summary>Reads and checks arguments.</summary>
    public static bool TryRead<TArguments>(RpcType<TArguments> type, in ReceivedBody body, out TArguments arguments, out string error)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!type.TryDecode(body, out arguments, out error))
            return false;
        var flaw = default(RpcFlaw);
        if (!type.HasRules || type.IsValid(arguments, ref flaw))
            return true;
        error = flaw.ToString();
        return false;
    }

    /// <summary>The reply of a method with a value.</summary>
    public static ValueTask<Payload> Reply<TReply>(RpcMethod<TReply> method, Task<TReply> running)
    {
        ArgumentNullException.ThrowIfNull(running);
        return running.IsCompletedSuccessfully ? new ValueTask<Payload>(method.EncodeReply(running.Result)) : AwaitAsync(method, new ValueTask<TReply>(running));
    }

    /// <summary>The reply of a method with a value.</summary>
    public static ValueTask<Payload> Reply<TReply>(RpcMethod<TReply> method, ValueTask<TReply> running) =>
        running.IsCompletedSuccessfully ? new ValueTask<Payload>(method.EncodeReply(running.Result)) : AwaitAsync(method, running);

    /// <summary>The empty reply of a method without a value.</summary>
    public static ValueTask<Payload> Done(Task running)
    {
        ArgumentNullException.ThrowIfNull(running);
        return running.IsCompletedSuccessfully ? default : AwaitAsync(new ValueTask(running));
    }

    /// <summary>The empty reply of a method without a value.</summary>
    public static ValueTask<Payload> Done(ValueTask running)
    {
        if (!running.IsCompletedSuccessfully)
            return AwaitAsync(running);
        running.GetAwaiter().GetResult(); // A source that is used again has to be asked.
        return default;
    }

    /// <summary>The items of a method that streams.</summary>
    public static async IAsyncEnumerable<Payload> Items<TItem>(
        RpcMethod<TItem> method, IAsyncEnumerable<TItem> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return method.EncodeReply(item);
    }

    /// <summary>A stream that ends before its first item.</summary>
    public static async IAsyncEnumerable<Payload> Failed(Exception failure)
    {
        await Task.FromException(failure).ConfigureAwait(false);
        yield break;
    }

    private static async ValueTask<Payload> AwaitAsync<TReply>(RpcMethod<TReply> method, ValueTask<TReply> running) =>
        method.EncodeReply(await running.ConfigureAwait(false));

    private static async ValueTask<Payload> AwaitAsync(ValueTask running)
    {
        await running.ConfigureAwait(false);
        return default;
    }
}
