using Warren.Amqp;

namespace Warren;

/// <summary>Names a running request: its caller's reply address and its number there.</summary>
internal readonly record struct RequestKey(ulong CorrelationId, int ReplyTo)
{
    /// <summary>False for a request that is not of a Warren client: nobody will speak of it again.</summary>
    public static bool TryRead(PropertiesView properties, out RequestKey key) => TryRead(properties, properties.ReplyTo, out key);

    /// <summary>As above, of a message to the caller instead of one from it.</summary>
    public static bool TryRead(PropertiesView properties, ShortString replyTo, out RequestKey key)
    {
        key = default;
        if (!Warren.CorrelationId.TryRead(properties.CorrelationId.Span, out var id) || replyTo.IsEmpty)
            return false;
        var hash = new HashCode();
        hash.AddBytes(replyTo.Span);
        key = new RequestKey(id.Value, hash.ToHashCode());
        return true;
    }
}
