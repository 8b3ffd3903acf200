using Microsoft.Extensions.Logging;

namespace Warren;

/// <summary>What a handler throws, as its caller may see it.</summary>
internal sealed class RequestFaults(string queue, ServeOptions options, ILogger log)
{
    public Fault Of(Exception failure, RunningRequest? request, bool stopping) => failure switch
    {
        RpcFaultException declared => Declared(declared, request?.Method),
        RpcException said => new Fault(said.Status, RpcOutcome.Executed, said.Detail), // The handler speaks to its caller.
        OperationCanceledException when request is { Token.IsCancellationRequested: true } => Stopped(stopping),
        _ => Undeclared(failure),
    };

    private static Fault Declared(RpcFaultException failure, RpcMethod? method)
    {
        var fault = new Fault(failure.Status, RpcOutcome.Executed, failure.Detail);
        foreach (var type in method?.Faults ?? [])
        {
            if (type.TryEncode(failure, out var data))
                return fault with { Name = type.Name, Data = data };
        }
        return fault;
    }

    private static Fault Stopped(bool stopping) => stopping
        ? new Fault(RpcStatus.Unavailable, RpcOutcome.Executed, "the server stopped before the handler had finished")
        : new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.Executed, "the handler stopped at the request's deadline");

    // The text of an exception may hold what callers should not see; they get the id under which it stands in the log.
    private Fault Undeclared(Exception failure)
    {
        var id = Guid.NewGuid().ToString("N")[..12];
        Log.HandlerFailed(log, failure, queue, id);
        return new Fault(RpcStatus.Internal, RpcOutcome.Executed, options.ShowExceptions ? failure.ToString() : $"the handler failed; the server's log has the reason under {id}");
    }
}
