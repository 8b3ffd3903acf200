using System.Runtime.CompilerServices;
using System.Text;

namespace Warren.Tests.Contracts;

/// <summary>The shortest way from a client to a service: octets go in and octets come out, and no broker is between.</summary>
internal sealed class Loopback<TContract>(TContract service) : RpcInvoker
    where TContract : class
{
    private readonly RpcContract<TContract> _contract = RpcContract<TContract>.Get();

    /// <summary>The bodies of the requests that were sent.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>The body of the last reply.</summary>
    public Payload LastReply { get; private set; }

    public TContract Client => _contract.CreateClient(this);

    public override async Task<TReply> CallAsync<TReply>(RpcMethod<TReply> method, Payload arguments, CancellationToken cancellationToken)
    {
        Assert.Equal(RpcMethodKind.Call, method.Kind);
        LastReply = await RunAsync(method, arguments, cancellationToken);
        return Decode(method, LastReply);
    }

    public override async Task SendAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken)
    {
        Assert.Equal(RpcMethodKind.OneWay, method.Kind);
        await RunAsync(method, arguments, cancellationToken);
    }

    public override async IAsyncEnumerable<TItem> StreamAsync<TItem>(
        RpcMethod<TItem> method, Payload arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Assert.Equal(RpcMethodKind.Stream, method.Kind);
        Sent.Add(arguments.ToString());
        if (!Handler(method).TryStartStream(service, Received(arguments), cancellationToken, out var items, out var error))
            throw new RpcException(RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, error);
        await foreach (var item in items!.WithCancellation(cancellationToken))
            yield return Decode(method, item);
    }

    /// <summary>What the server says to a body that no client of ours would send.</summary>
    public string Refusal(string method, string body)
    {
        Assert.False(Handler(_contract.Methods.Single(each => each.Name == method)).TryStart(service, Encoding.UTF8.GetBytes(body), default, out _, out var error));
        return error;
    }

    /// <summary>The reply to a body as a foreign client might send it.</summary>
    public async Task<string> ReplyAsync(string method, string body)
    {
        var started = Handler(_contract.Methods.Single(each => each.Name == method)).TryStart(service, Encoding.UTF8.GetBytes(body), default, out var reply, out var error);
        Assert.True(started, error);
        return (await reply).ToString();
    }

    private RpcMethodHandler<TContract> Handler(RpcMethod method) => _contract.Handlers.Single(handler => handler.Method == method);

    private async Task<Payload> RunAsync(RpcMethod method, Payload arguments, CancellationToken cancellationToken)
    {
        Sent.Add(arguments.ToString());
        if (!Handler(method).TryStart(service, Received(arguments), cancellationToken, out var reply, out var error))
            throw new RpcException(RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, error);
        try
        {
            return await reply;
        }
        catch (RpcFaultException e)
        {
            foreach (var type in method.Faults)
            {
                if (type.TryEncode(e, out var json))
                    throw method.FindFault(type.Name)!.Decode(json, e.Status, RpcOutcome.Executed, e.Detail);
            }
            throw new RpcException(e.Status, RpcOutcome.Executed, e.Detail);
        }
    }

    private static ReceivedBody Received(Payload payload) => new(payload.ToOctets(), payload.ContentType?.ToProperty() ?? default);

    private static TReply Decode<TReply>(RpcMethod<TReply> method, Payload payload)
    {
        Assert.True(method.TryDecodeReply(Received(payload), out var reply, out var error), error);
        return reply;
    }
}
