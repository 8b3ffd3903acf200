using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Warren.Client;

namespace Warren;

/// <summary>What holds for everything a bus does.</summary>
public sealed record BusOptions
{
    /// <summary>How long a call takes at most, unless its <see cref="CallOptions"/> say otherwise. More than zero, at most 24 days; default 10 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long publishing waits for a connection and for the broker's confirm, default 10 s.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many calls may be under way at once, 1 to 1,048,576; further callers wait inside their deadline. Default 65,536.</summary>
    public int MaxPendingCalls { get; init; } = 65_536;

    /// <summary>How long the reply queue of Safe calls outlives a lost connection, at least a second; default 5 minutes.</summary>
    public TimeSpan ReplyQueueExpiry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// True: replies to Fast calls come by RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to) and by no queue: for users who may declare none, and
    /// brokers where every queue costs. Then requests and replies share a channel, as direct reply-to demands: a request that the broker refuses ends all that
    /// are under way. The broker does not tell what became of a contract's request that it dropped, and a cancelled call is not cancelled at its server. Streams
    /// and calls to all instances have a reply queue in any case. Default false.
    /// </summary>
    public bool DirectReplyTo { get; init; }

    /// <summary>How to come back after a lost connection.</summary>
    public ReconnectPolicy Reconnect { get; init; } = ReconnectPolicy.Default;

    /// <summary>
    /// How types that are neither text nor octets become JSON. Set its <see cref="JsonSerializerOptions.TypeInfoResolver"/> to your
    /// <c>JsonSerializerContext</c>; null means that such types are refused.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>
    /// Other ways to write what is neither text nor octets, beside JSON and before it. A value is written by the first of them that handles its type, a reply
    /// as its request was, and a received body is read by the one with its content type. Different content types; empty by default.
    /// </summary>
    public IReadOnlyList<BodyFormat> Formats { get; init; } = [];

    /// <summary>
    /// The clock of everything the bus does: deadlines, retries, time-outs, and by its connection back-off and heartbeats. The system's by
    /// default; tests bring one. Of Warren.Testing's clock the test knows when everything has followed it; any other is looked at every 10 ms for
    /// deadlines that it has passed.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal TimeProvider Time
    {
        get => TimeProvider;
        init => TimeProvider = value;
    }

    /// <summary>These options with JSON by reflection: nothing to declare, but neither trimming nor native AOT.</summary>
    [RequiresUnreferencedCode("JSON by reflection needs members that trimming may remove. Use BusOptions.Json with a JsonSerializerContext.")]
    [RequiresDynamicCode("JSON by reflection needs code that native AOT cannot make. Use BusOptions.Json with a JsonSerializerContext.")]
    public BusOptions WithReflectionJson() =>
        this with { Json = new JsonSerializerOptions(Json ?? JsonSerializerOptions.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() } };

    internal static void CheckTimeout(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero || timeout.TotalMilliseconds > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A call's timeout is more than zero and at most 24 days: every call has a deadline.");
    }

    internal void Check()
    {
        CheckTimeout(CallTimeout);
        CheckTimeout(PublishTimeout);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReplyQueueExpiry, TimeSpan.FromSeconds(1), nameof(ReplyQueueExpiry));
        ArgumentNullException.ThrowIfNull(Formats);
        if (Formats.GroupBy(format => format.ContentType, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"Two of BusOptions.Formats have the content type {twice.Key}, and a received body can be read by one only.", nameof(Formats));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPendingCalls, 1, nameof(MaxPendingCalls));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxPendingCalls, CorrelationId.MaxSlots, nameof(MaxPendingCalls));
    }
}
