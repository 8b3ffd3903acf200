using System.Diagnostics;
using Warren.Amqp;

namespace Warren;

/// <summary>
/// The spans of calls, by OpenTelemetry's RPC conventions (https://opentelemetry.io/docs/specs/semconv/rpc/): listen to the source and the meter
/// <c>Warren</c>. A call is one CLIENT span, and the handler's SERVER span is its child. Nothing is made while nobody listens. The names of reply queues
/// never appear here.
/// </summary>
internal static class CallTelemetry
{
    public const string Name = "Warren";

    private const string OriginalMethodKey = "rpc.method_original";
    private const string UnknownMethod = "_OTHER"; // The conventions' word for a method that the server does not have.
    private const string Ok = "Ok";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>True when somebody wants the spans.</summary>
    public static bool WantsSpans => Source.HasListeners();

    /// <summary>Begins the caller's span; null while nobody listens, and for an attempt, which is part of a call that has one.</summary>
    public static Activity? Start(CallAddress address, RpcMethod? method, CallOptions? options = null) =>
        options is { IsAttempt: true } ? null : Start(address.Service, method);

    /// <summary>Begins the span of a call to a contract or, without a method, to a queue.</summary>
    public static Activity? Start(string service, RpcMethod? method) => Source.HasListeners() ? StartSpan(ActivityKind.Client, NameOf(service, method), parent: default) : null;

    /// <summary>
    /// What a request carries of its caller's trace: the call's span, or where there is none, because nobody listens or this trace is not recorded, the span
    /// around the call. So a trace is not cut in two here, and one that is not recorded does not begin anew at the server.
    /// </summary>
    public static TraceHeaders? Propagate(Activity? span) => TraceHeaders.Of(span ?? Activity.Current);

    /// <summary>Begins the server's span, the child of the caller's; null while nobody listens.</summary>
    public static Activity? Serve(string method, PropertiesView request)
    {
        if (!Source.HasListeners())
            return null;
        var current = Activity.Current;
        Activity.Current = null; // What this thread did before is not what the request is part of.
        var span = StartSpan(ActivityKind.Server, method, TraceHeaders.Read(request, out var baggage));
        Activity.Current = current;
        if (span is null)
            return null;
        foreach (var (key, value) in baggage ?? [])
            span.AddBaggage(key, value);
        if (method == UnknownMethod)
            span.SetTag(OriginalMethodKey, OriginalMethod(request));
        return span;
    }

    public static void Ended(IPendingCall call, TimeProvider time, Exception? failure)
    {
        if (!call.IsAttempt && (call.Span is not null || CallMetrics.WantsCalls))
            Ended(call.Address.Service, call.Method, call.Span, time.GetElapsedTime(call.Started), failure);
    }

    public static void Ended(string service, RpcMethod? method, Activity? span, TimeSpan took, Exception? failure)
    {
        var status = failure switch
        {
            null => Ok,
            RpcException rpc => NameOf(rpc.Status),
            OperationCanceledException => nameof(RpcStatus.Cancelled),
            _ => nameof(RpcStatus.Unknown),
        };
        CallMetrics.CallEnded(NameOf(service, method), status, failure is not null, took);
        End(span, status, failure is not null, failure?.Message);
    }

    public static void Served(string method, Activity? span, RpcStatus? status, TimeSpan took, TimeSpan? waited)
    {
        if (span is null && !CallMetrics.WantsRequests)
            return;
        var isError = status is { } failed && IsServersFault(failed);
        var name = status is { } ended ? NameOf(ended) : Ok;
        CallMetrics.RequestEnded(method, name, isError, took, waited);
        End(span, name, isError, description: null);
    }

    /// <summary>The method as the conventions want it, <c>rpc.calculator/Fib</c>; of a queue that is no contract, its name.</summary>
    public static string NameOf(string service, RpcMethod? method) => method is null ? service : method.QualifiedBy(service);

    /// <summary>The method of a request that came to a server; one that the contract does not have must not fill a metric's dimension with whatever is asked for.</summary>
    public static string NameOf(string service, RpcContract? contract, RpcMethod? method) => contract is not null && method is null ? UnknownMethod : NameOf(service, method);

    private static Activity? StartSpan(ActivityKind kind, string method, ActivityContext parent)
    {
        var current = Activity.Current;
        // Without a parent it becomes the child of the present span, which a context alone would not do as well: baggage hangs on the span.
        var span = Source.StartActivity(kind, parent, [new(CallMetrics.SystemKey, CallMetrics.System), new(CallMetrics.MethodKey, method)], name: method);
        Activity.Current = current; // It belongs to the call, not to the code that happens to run here.
        return span;
    }

    private static void End(Activity? span, string status, bool isError, string? description)
    {
        if (span is null)
            return;
        span.SetTag(CallMetrics.StatusKey, status);
        if (isError)
            span.SetTag(CallMetrics.ErrorKey, status).SetStatus(ActivityStatusCode.Error, description);
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    // By the conventions for gRPC, whose statuses these are: what the caller did wrong is no error of the server.
    private static bool IsServersFault(RpcStatus status) =>
        status is RpcStatus.Unknown or RpcStatus.DeadlineExceeded or RpcStatus.Unimplemented or RpcStatus.Internal or RpcStatus.Unavailable or RpcStatus.DataLoss;

    private static string NameOf(RpcStatus status) => Enum.GetName(status) ?? nameof(RpcStatus.Unknown); // Other than ToString it allocates nothing.

    private static string OriginalMethod(PropertiesView request) =>
        request.Has(PropertyFlags.Headers) && request.Headers.TryGet(RpcHeaders.Method, out var value) && value.TryGetString(out var name) ? name : "";
}
