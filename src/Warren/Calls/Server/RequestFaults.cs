using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Warren;

/// <summary>What a handler throws, as its caller may see it.</summary>
internal sealed class RequestFaults(string queue, ServeOptions options, ILogger log)
{
    /// <summary>What the caller is told.</summary>
    /// <param name="failure">What the handler threw.</param>
    /// <param name="request">Null for code without a token.</param>
    public Fault Of(Exception failure, RunningRequest? request) => failure switch
    {
        RpcFaultException declared => Declared(declared, request?.Method),
        RpcException said => new Fault(said.Status, RpcOutcome.Executed, said.Detail), // The handler speaks to its caller.
        OperationCanceledException when request is { Token.IsCancellationRequested: true } => Stopped(request.Stopped),
        _ => Undeclared(failure),
    };

    private Fault Declared(RpcFaultException failure, RpcMethod? method)
    {
        var fault = new Fault(failure.Status, RpcOutcome.Executed, failure.Detail);
        try
        {
            foreach (var type in method?.Faults ?? [])
            {
                if (!type.TryEncode(failure, out var data))
                    continue;
                JsonDocument.Parse(data).Dispose(); // A converter of the application's may have written anything.
                return fault with { Name = type.Name, Data = data };
            }
            return fault;
        }
        catch (Exception e) // Null where there must be none, or what the converter throws.
        {
            var id = NewId();
            Log.FaultDataLost(log, e, queue, id);
            return fault with { Detail = $"{fault.Detail} (its data could not be sent; the server's log has the reason under {id})" };
        }
    }

    private static Fault Stopped(StopReason reason) => reason switch
    {
        StopReason.ServerStops => new Fault(RpcStatus.Unavailable, RpcOutcome.Executed, "the server stopped before the handler had finished"),
        StopReason.Cancelled => new Fault(RpcStatus.Cancelled, RpcOutcome.Executed, "the handler stopped because its caller had cancelled"),
        StopReason.CallerGone => new Fault(RpcStatus.Cancelled, RpcOutcome.Executed, "the handler stopped because its caller was gone"),
        _ => new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.Executed, "the handler stopped at the request's deadline"),
    };

    // The text of an exception may hold what callers should not see; they get the id under which it stands in the log.
    private Fault Undeclared(Exception failure)
    {
        var id = NewId();
        Log.HandlerFailed(log, failure, queue, id);
        return new Fault(RpcStatus.Internal, RpcOutcome.Executed, options.ShowExceptions ? failure.ToString() : $"the handler failed; the server's log has the reason under {id}");
    }

    private static string NewId() => Guid.NewGuid().ToString("N")[..12];
}
