using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A request of a Safe call that the broker gave up on, as it waits for somebody to look at it.</summary>
/// <param name="Service">The contract's address.</param>
/// <param name="Method">The method; empty when the request named none.</param>
/// <param name="Reason">
/// <c>delivery_limit</c>: it was given to servers so often and came back each time; <c>rejected</c>: a server refused it without an answer;
/// <c>maxlen</c>: its queue was full (https://www.rabbitmq.com/docs/dlx#effects). Requests that expired are not kept.
/// </param>
/// <param name="DiedAt">When, to the second; null when the broker did not say.</param>
/// <param name="Deliveries">How often it had come back; null when its queue does not count that.</param>
/// <param name="CallId">The call's id, the one under which servers remember replies.</param>
/// <param name="Attempt">Which time it was sent, from 1.</param>
/// <param name="Body">The arguments.</param>
public sealed record DeadRequest(
    string Service, string Method, string Reason, DateTimeOffset? DiedAt, long? Deliveries, string CallId, int Attempt, ReadOnlyMemory<byte> Body)
{
    internal static DeadRequest Of(Delivery delivery)
    {
        var properties = delivery.Properties;
        var key = delivery.RoutingKey.ToString();
        var service = key.EndsWith(SafeCalls.QueueSuffix, StringComparison.Ordinal) ? key[..^SafeCalls.QueueSuffix.Length] : key;
        var notice = DeathNotice.TryRead(properties, out var read) ? read : default;
        return new DeadRequest(
            service, Text(properties, RpcHeaders.Method), notice.Reason ?? "", DiedAtOf(properties), notice.Deliveries, properties.MessageId.ToString(), AttemptOf(properties), delivery.Body);
    }

    internal static int AttemptOf(PropertiesView properties) =>
        Find(properties, RpcHeaders.Attempt) is { } value && value.TryGetInteger(out var attempt) ? (int)Math.Clamp(attempt, 1, int.MaxValue) : 1;

    private static string Text(PropertiesView properties, ReadOnlySpan<byte> name) =>
        Find(properties, name) is { } value && value.TryGetString(out var text) ? text : "";

    private static FieldValue? Find(PropertiesView properties, ReadOnlySpan<byte> name) =>
        properties.Has(PropertyFlags.Headers) && properties.Headers.TryGet(name, out var value) ? value : null;

    private static DateTimeOffset? DiedAtOf(PropertiesView properties) =>
        properties.Has(PropertyFlags.Headers) && properties.Headers.ToDictionary().GetValueOrDefault("x-death") is IReadOnlyList<object?> and [IReadOnlyDictionary<string, object?> newest, ..]
            && newest.GetValueOrDefault("time") is DateTimeOffset time
            ? time
            : null;
}
