using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Where a queue's dead letters go.</summary>
/// <param name="Exchange">The exchange's name; when there is none of that name at the time, dead letters are gone.</param>
/// <param name="RoutingKey">The key in place of all that the message had; null keeps them.</param>
internal sealed record DeadLetterTarget(ShortString Exchange, ShortString? RoutingKey)
{
    /// <summary>Null when the arguments name no exchange; and when exchange or key are longer than any name, so that no letter could arrive.</summary>
    public static DeadLetterTarget? Of(FieldTable arguments)
    {
        if (!arguments.TryGet("x-dead-letter-exchange"u8, out var exchange) || exchange.Octets.Length > ShortString.MaxLength)
            return null;
        var hasKey = arguments.TryGet("x-dead-letter-routing-key"u8, out var key);
        if (hasKey && key.Octets.Length > ShortString.MaxLength)
            return null;
        return new DeadLetterTarget(Owned(exchange), hasKey ? Owned(key) : default(ShortString?));
    }

    private static ShortString Owned(FieldValue value) => new ShortString(value.Octets).ToOwned();
}
