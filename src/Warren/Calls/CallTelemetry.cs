using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Warren;

/// <summary>
/// The spans and metrics of calls, by OpenTelemetry's RPC conventions (https://opentelemetry.io/docs/specs/semconv/rpc/): listen to the source and the
/// meter <c>Warren</c>. A call is one CLIENT span, and the handler's SERVER span is its child. Nothing is made while nobody listens.
/// </summary>
internal static class CallTelemetry
{
    public const string Name = "Warren";

    private const string SystemKey = "rpc.system.name";
    private const string MethodKey = "rpc.method";
    private const string StatusKey = "rpc.status_code";
    private const string System = "warren";

    public static readonly Meter Meter = new(Name);

    private static readonly ActivitySource Source = new(Name);
    private static readonly Histogram<double> ClientDuration = Duration("rpc.client.call.duration", "From the call to its end, as the caller sees it.");
    private static readonly Histogram<double> ServerDuration = Duration("rpc.server.call.duration", "From the start of the handler to its reply.");
    private static readonly Histogram<double> Waited = Duration("warren.rpc.server.queue.duration", "From the sending of a request to its start, by the sender's clock and ours.");

    /// <summary>True when somebody wants the spans or the server's metrics.</summary>
    public static bool IsListening => Source.HasListeners() || ServerDuration.Enabled || Waited.Enabled;

    /// <summary>Begins the caller's span; null while nobody listens.</summary>
    public static Activity? Start(CallAddress address, RpcMethod? method) =>
        Source.HasListeners() ? StartSpan(MethodOf(address.Name, method), ActivityKind.Client, Activity.Current?.Context ?? default) : null;

    /// <summary>Begins the server's span, the child of the caller's; null while nobody listens.</summary>
    public static Activity? Serve(string address, string method, Amqp.PropertiesView request)
    {
        if (!Source.HasListeners())
            return null;
        var span = StartSpan(method.Length == 0 ? address : $"{address}/{method}", ActivityKind.Server, TraceHeaders.Read(request, out var baggage));
        foreach (var (key, value) in baggage ?? [])
            span?.AddBaggage(key, value);
        return span;
    }

    public static void Ended(IPendingCall call, TimeProvider time, Exception? failure)
    {
        if (call.Span is null && !ClientDuration.Enabled)
            return;
        Record(ClientDuration, call.Span, MethodOf(call.Address.Name, call.Method), StatusOf(failure), time.GetElapsedTime(call.Started), failure);
    }

    public static void Served(string address, string method, Activity? span, RpcStatus? status, TimeSpan took, TimeSpan? waited)
    {
        if (span is null && !ServerDuration.Enabled && !Waited.Enabled)
            return;
        var name = method.Length == 0 ? address : $"{address}/{method}";
        Record(ServerDuration, span, name, status?.ToString() ?? "Ok", took, failure: null);
        if (waited is { } time)
            Waited.Record(time.TotalSeconds, Tag(SystemKey, System), Tag(MethodKey, name));
    }

    private static void Record(Histogram<double> duration, Activity? span, string method, string status, TimeSpan took, Exception? failure)
    {
        duration.Record(took.TotalSeconds, Tag(SystemKey, System), Tag(MethodKey, method), Tag(StatusKey, status));
        if (span is null)
            return;
        span.SetTag(SystemKey, System).SetTag(MethodKey, method).SetTag(StatusKey, status);
        if (status != "Ok")
            span.SetStatus(ActivityStatusCode.Error, failure?.Message);
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    // The names of reply queues never appear here: there is one for every client, and a metric's dimension must stay small.
    private static string MethodOf(string address, RpcMethod? method) => method is null ? address : $"{address}/{method.Name}";

    private static string StatusOf(Exception? failure) => failure switch
    {
        null => "Ok",
        RpcException rpc => rpc.Status.ToString(),
        OperationCanceledException => nameof(RpcStatus.Cancelled),
        _ => nameof(RpcStatus.Unknown),
    };

    private static Activity? StartSpan(string name, ActivityKind kind, ActivityContext parent)
    {
        var current = Activity.Current;
        var span = parent == default ? Source.StartActivity(name, kind) : Source.StartActivity(name, kind, parent);
        Activity.Current = current; // It belongs to the call, not to the code that happens to run here.
        return span;
    }

    private static Histogram<double> Duration(string name, string description) => Meter.CreateHistogram<double>(name, "s", description);

    private static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);
}
