using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A message as a record: where it is, when it came, its address, hidden copies, properties and what it has behind it. The body is everything behind that, so that
/// it can be read again by the record's id alone when it is not in memory any more.
/// </summary>
internal static class MessageRecord
{
    private const byte Version = 1;
    private const byte IsRoutedByKeyOnly = 1;
    private const byte HasTime = 2;
    private const byte HasTimeToLive = 4;
    private const byte HasBlindCopies = 8;
    private const byte HasDeaths = 16;

    /// <summary>Writes all but the body.</summary>
    public static void WriteHead(RecordWriter to, Message message, Placement placement)
    {
        var flags = (message.IsRoutedByKeyOnly ? IsRoutedByKeyOnly : 0)
            | (message.PublishedAtTicks != 0 ? HasTime : 0)
            | (message.TimeToLiveTicks != Message.Unlimited ? HasTimeToLive : 0)
            | (message.BlindCopyOctets.IsEmpty ? 0 : HasBlindCopies)
            | (message.Deaths is null ? 0 : HasDeaths);
        to.Begin(Version).Octet((byte)flags);
        placement.Write(to);
        if (message.PublishedAtTicks != 0)
            to.Ticks(message.PublishedAtTicks);
        if (message.TimeToLiveTicks != Message.Unlimited)
            to.Ticks(message.TimeToLiveTicks);
        to.ShortString(message.ExchangeSpan).ShortString(message.RoutingKeySpan);
        if (!message.BlindCopyOctets.IsEmpty)
            to.LongOctets(message.BlindCopyOctets);
        to.LongOctets(message.Properties.Octets.Span);
        message.Deaths?.Write(to);
    }

    /// <summary>Makes the message, with one reference, the caller's.</summary>
    /// <param name="pool">Lends it.</param>
    /// <param name="octets">Head and body.</param>
    /// <param name="nowTicks">The time: no message has come later, whatever the clock said then.</param>
    /// <param name="placement">Where it is.</param>
    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static Message Read(MessagePool pool, ReadOnlyMemory<byte> octets, long nowTicks, out Placement placement)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var flags = reader.ReadOctet();
        placement = Placement.Read(ref reader);
        var publishedAt = (flags & HasTime) != 0 ? (long)reader.ReadLongLong() : 0;
        var timeToLive = (flags & HasTimeToLive) != 0 ? (long)reader.ReadLongLong() : Message.Unlimited;
        if (publishedAt < 0 || timeToLive < 0)
            throw RecordFault.Of("its times are no times");
        var exchange = reader.ReadShortString();
        var key = reader.ReadShortString();
        var blindCopies = (flags & HasBlindCopies) != 0 ? reader.ReadTable().Octets.Span : default;
        var properties = PropertiesView.Read(reader.ReadLongString().Memory);
        var deaths = (flags & HasDeaths) != 0 ? DeathHistory.Read(ref reader) : null;
        var body = octets.Span[reader.Position..];
        var message = pool.Rent(exchange.Length + key.Length + blindCopies.Length + properties.EncodedLength + body.Length);
        Span<byte> address = stackalloc byte[exchange.Length + key.Length];
        exchange.Span.CopyTo(address);
        key.Span.CopyTo(address[exchange.Length..]);
        message.Begin(address, exchange.Length, blindCopies, properties.Octets.Span, properties.Flags);
        message.Append(body);
        message.PublishedAtTicks = Math.Min(publishedAt, nowTicks);
        message.TimeToLiveTicks = timeToLive;
        message.IsRoutedByKeyOnly = (flags & IsRoutedByKeyOnly) != 0;
        message.Deaths = deaths;
        return message;
    }
}
