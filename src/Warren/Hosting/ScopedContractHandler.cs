using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Warren;

/// <summary>A contract whose service is made for each request, in a scope that ends with the reply or with the last item of the stream.</summary>
internal sealed class ScopedContractHandler<TContract, TService>(RpcContract<TContract> contract, IServiceScopeFactory scopes) : RequestHandler
    where TContract : class
    where TService : class, TContract
{
    private readonly ContractHandler<TContract> _methods = new(contract, null!); // Finds methods, and refuses those that are none: it needs no service for that.
    private readonly Dictionary<RpcMethod, RpcMethodHandler<TContract>> _handlers = contract.Handlers.ToDictionary(handler => handler.Method);

    public override RpcContract Contract => contract;

    public override RpcMethod? MethodOf(in ServerItem request) => _methods.MethodOf(request);

    public override bool TakesToken(RpcMethod? method) => true;

    public override bool TryStart(string queue, in ServerItem request, RpcMethod? method, Budget budget, CancellationToken cancellationToken, out StartedRequest started, out Fault fault)
    {
        if (method is null || !_handlers.TryGetValue(method, out var handler))
            return _methods.TryStart(queue, request, method, budget, cancellationToken, out started, out fault);
        started = default;
        fault = default;
        var scope = scopes.CreateAsyncScope();
        var isStarted = false;
        try
        {
            var service = scope.ServiceProvider.GetRequiredService<TService>();
            isStarted = TryStart(handler, service, scope, request, cancellationToken, out started, out var error);
            if (!isStarted)
                fault = Invalid(error);
            return isStarted;
        }
        finally
        {
            if (!isStarted)
                _ = EndAsync(scope);
        }
    }

    private static bool TryStart(
        RpcMethodHandler<TContract> handler, TService service, AsyncServiceScope scope, in ServerItem request, CancellationToken cancellationToken, out StartedRequest started, out string error)
    {
        started = default;
        var body = request.Content;
        if (handler.Method.Kind != RpcMethodKind.Stream)
        {
            if (!handler.TryStart(service, body, cancellationToken, out var reply, out error))
                return false;
            started = new StartedRequest(FinishAsync(reply, scope));
            return true;
        }
        if (!handler.TryStartStream(service, body, cancellationToken, out var items, out error))
            return false;
        if (request.IsSafe)
            _ = EndAsync(scope); // Nobody will read it: a Safe call takes no streams.
        started = new StartedRequest(default, request.IsSafe ? items : ItemsAsync(items!, scope, cancellationToken));
        return true;
    }

    private static async ValueTask<Payload> FinishAsync(ValueTask<Payload> reply, AsyncServiceScope scope)
    {
        await using (scope.ConfigureAwait(false))
            return await reply.ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<Payload> ItemsAsync(IAsyncEnumerable<Payload> items, AsyncServiceScope scope, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (scope.ConfigureAwait(false))
        {
            await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
    }

    private static async Task EndAsync(AsyncServiceScope scope) => await scope.DisposeAsync().ConfigureAwait(false);
}
