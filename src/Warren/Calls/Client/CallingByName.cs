using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>Calls to contracts without their interface, for tools: the method by its name, arguments and reply as JSON.</summary>
public static class CallingByName
{
    /// <summary>Calls a contract's method: <c>await bus.CallAsync("rpc.calculator", "Fib", """{"n":30}"""u8.ToArray())</c>.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="service">The contract's address.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="arguments">A JSON object with the arguments by their names.</param>
    /// <param name="options">How the call is made.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The reply's body: scalars are text, everything else is JSON; empty for a method without a value.</returns>
    /// <exception cref="RpcException">The call ended badly; it says why, and whether the handler ran.</exception>
    public static Task<ReadOnlyMemory<byte>> CallAsync(
        this Bus bus, string service, string method, ReadOnlyMemory<byte> arguments, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var client = new ContractClient(bus, Contract(service), options ?? new CallOptions());
        return client.CallAsync(Method(method, RpcMethodKind.Call), Payload.FromJson(arguments), cancellationToken);
    }

    /// <summary>Calls a contract's method of which it is not known whether it streams, in Fast mode: the bodies of its items, or the one of its reply.</summary>
    /// <inheritdoc cref="CallAsync(Bus, string, string, ReadOnlyMemory{byte}, CallOptions?, CancellationToken)"/>
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> CallAnyAsync(
        this Bus bus, string service, string method, ReadOnlyMemory<byte> arguments, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var stream = bus.OpenStream(Contract(service), Method(method, RpcMethodKind.Stream), Payload.FromJson(arguments), options ?? new CallOptions(), takesOne: true);
        return stream.ReadAsync(cancellationToken);
    }

    /// <summary>Calls a contract's method that streams, and returns the bodies of its items.</summary>
    /// <inheritdoc cref="CallAsync(Bus, string, string, ReadOnlyMemory{byte}, CallOptions?, CancellationToken)"/>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> StreamAsync(
        this Bus bus, string service, string method, ReadOnlyMemory<byte> arguments, CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        var client = new ContractClient(bus, Contract(service), options ?? new CallOptions());
        await foreach (var item in client.StreamAsync(Method(method, RpcMethodKind.Stream), Payload.FromJson(arguments), cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    private static NamedContract Contract(string service)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return new NamedContract(service);
    }

    private static RpcMethod<ReadOnlyMemory<byte>> Method(string method, RpcMethodKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        return new RpcMethod<ReadOnlyMemory<byte>>(method, kind, isIdempotent: false, RpcTypes.Memory);
    }
}
