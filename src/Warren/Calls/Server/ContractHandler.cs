using System.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>A service behind its contract: the header <c>rpc-method</c> names the method, the body has its arguments.</summary>
internal sealed class ContractHandler<TContract>(RpcContract<TContract> contract, TContract service) : RequestHandler
    where TContract : class
{
    // Names are few and short: comparing octets is quicker than making a string to look it up.
    private readonly (byte[] Name, RpcMethodHandler<TContract> Handler)[] _methods =
        [.. contract.Handlers.Select(handler => (Encoding.UTF8.GetBytes(handler.Method.Name), handler))];

    public override RpcContract Contract => contract;

    public override RpcMethod? MethodOf(in ServerItem request) => Find(request)?.Method;

    public override bool TakesToken(RpcMethod? method) => true;

    public override bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault)
    {
        started = default;
        fault = default;
        if (HandlerOf(method) is not { } handler)
        {
            fault = new Fault(RpcStatus.Unimplemented, RpcOutcome.NotExecuted, NoMethod(request));
            return false;
        }
        var body = request.Content;
        string error;
        if (handler.Method.Kind == RpcMethodKind.Stream)
        {
            if (handler.TryStartStream(service, body, cancellationToken, out var items, out error))
            {
                started = new StartedRequest(default, items);
                return true;
            }
        }
        else if (handler.TryStart(service, body, cancellationToken, out var reply, out error))
        {
            started = new StartedRequest(reply);
            return true;
        }
        fault = Invalid(error);
        return false;
    }

    private RpcMethodHandler<TContract>? HandlerOf(RpcMethod? method)
    {
        foreach (var (_, handler) in _methods)
        {
            if (handler.Method == method)
                return handler;
        }
        return null;
    }

    private RpcMethodHandler<TContract>? Find(in ServerItem request)
    {
        if (!request.Properties.Has(PropertyFlags.Headers) || !request.Properties.Headers.TryGet(RpcHeaders.Method, out var value))
            return null;
        var name = value.Octets.Span;
        foreach (var (known, handler) in _methods)
        {
            if (name.SequenceEqual(known))
                return handler;
        }
        return null;
    }

    private string NoMethod(in ServerItem request)
    {
        var known = string.Join(", ", contract.Methods.Select(method => method.Name));
        return request.Properties.Has(PropertyFlags.Headers) && request.Properties.Headers.TryGet(RpcHeaders.Method, out var value) && value.TryGetString(out var name)
            ? $"{contract.Name} has no method {name}; it has {known}"
            : $"the request does not name its method in the header rpc-method; {contract.Name} has {known}";
    }
}
