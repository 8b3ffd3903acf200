using System.Diagnostics;
using System.Diagnostics.Metrics;
using Warren.Client;

namespace Warren;

/// <summary>
/// The instruments of the meter <c>Warren</c>; docs/observability.md lists them, and a test compares. Durations have the names of OpenTelemetry's RPC
/// conventions, what they do not know has our own prefix. The names of reply queues never appear: there is one for every client, and a metric's dimension
/// must stay small. What is under way is asked for when somebody collects, so that no call has to count for it.
/// </summary>
internal static class CallMetrics
{
    public const string SystemKey = "rpc.system.name";
    public const string MethodKey = "rpc.method";
    public const string StatusKey = "rpc.response.status_code";
    public const string ErrorKey = "error.type";
    public const string ReasonKey = "warren.reason";
    public const string System = "warren";

    private const string HostKey = "server.address";
    private const string PortKey = "server.port";

    // The boundaries of the conventions, and below them some for calls that take less than 5 ms, as most do here.
    private static readonly InstrumentAdvice<double> Boundaries = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly Meter Meter = new(CallTelemetry.Name);

    private static readonly Histogram<double> ClientDuration = Duration("rpc.client.call.duration", "From the call to its end, as the caller sees it.");
    private static readonly Histogram<double> ServerDuration = Duration("rpc.server.call.duration", "From the start of the handler to its reply.");
    private static readonly Histogram<double> QueueDuration = Duration("warren.rpc.server.queue.duration", "From the sending of a request to its start, by the sender's clock and ours.");

    private static readonly Counter<long> DroppedReplies = Count("warren.rpc.client.dropped_replies", "{reply}", "Replies that belong to no call, by why.");
    private static readonly Counter<long> DuplicateRequests = Count("warren.rpc.server.duplicate_requests", "{request}", "Safe requests that came again and were not run again.");
    private static readonly Counter<long> ShedRequests = Count("warren.rpc.server.shed_requests", "{request}", "Requests that were refused before the handler, by why.");
    private static readonly Counter<long> Reconnects = Count("warren.client.reconnects", "{reconnect}", "How often a connection to a broker was made again.");

    private static readonly ObservableUpDownCounter<long> ActiveCalls =
        Meter.CreateObservableUpDownCounter("warren.rpc.client.active_calls", LiveBuses.CountCalls, "{call}", "Calls that are under way.");

    private static readonly ObservableUpDownCounter<long> ActiveRequests =
        Meter.CreateObservableUpDownCounter("warren.rpc.server.active_requests", LiveBuses.CountRequests, "{request}", "Requests that run.");

    public static bool WantsCalls => ClientDuration.Enabled;

    /// <summary>True when somebody wants what only a request that is followed from its start to its end can tell.</summary>
    public static bool WantsRequests => ServerDuration.Enabled || QueueDuration.Enabled || ActiveRequests.Enabled;

    /// <summary>Makes the instruments, so that they are there before the first of what they measure. Their listeners may be there before or come later.</summary>
    public static void Publish() => _ = ActiveCalls.Enabled;

    public static void CallEnded(string method, string status, bool isError, TimeSpan took) => Record(ClientDuration, method, status, isError, took);

    public static void RequestEnded(string method, string status, bool isError, TimeSpan took, TimeSpan? waited)
    {
        Record(ServerDuration, method, status, isError, took);
        if (waited is { } time)
            QueueDuration.Record(time.TotalSeconds, Tag(SystemKey, System), Tag(MethodKey, method));
    }

    public static void ReplyDropped(string reason) => DroppedReplies.Add(1, Tag(SystemKey, System), Tag(ReasonKey, reason));

    public static void RequestCameAgain(string method) => DuplicateRequests.Add(1, Tag(SystemKey, System), Tag(MethodKey, method));

    public static void RequestShed(string method, string reason) => ShedRequests.Add(1, Tag(SystemKey, System), Tag(MethodKey, method), Tag(ReasonKey, reason));

    public static void Reconnected(AmqpEndpoint broker) => Reconnects.Add(1, Tag(HostKey, broker.Host), Tag(PortKey, broker.Port));

    // A list on the stack: nothing is allocated for a measurement.
    private static void Record(Histogram<double> duration, string method, string status, bool isError, TimeSpan took)
    {
        var tags = new TagList { Tag(SystemKey, System), Tag(MethodKey, method), Tag(StatusKey, status) };
        if (isError)
            tags.Add(ErrorKey, status);
        duration.Record(took.TotalSeconds, tags);
    }

    private static Histogram<double> Duration(string name, string description) => Meter.CreateHistogram(name, "s", description, tags: null, Boundaries);

    private static Counter<long> Count(string name, string unit, string description) => Meter.CreateCounter<long>(name, unit, description);

    private static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);
}
