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
    /// <param name="mayStayOut">True when the array of one that has its only place in a queue may stay out.</param>
    /// <param name="placement">Where it is.</param>
    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static Message Read(MessagePool pool, ReadOnlyMemory<byte> octets, long nowTicks, bool mayStayOut, out Placement placement)
    {
        var parts = new Parts(octets);
        placement = parts.Placement;
        var message = mayStayOut && placement.Kind == PlacementKind.Queue ? ReadOut(pool, parts) : ReadWhole(pool, parts);
        message.PublishedAtTicks = Math.Min(parts.PublishedAt, nowTicks);
        message.TimeToLiveTicks = parts.TimeToLive;
        message.IsRoutedByKeyOnly = (parts.Flags & IsRoutedByKeyOnly) != 0;
        return message;
    }

    /// <summary>Brings back the array of a message that is out.</summary>
    /// <returns>False when the record is another message's.</returns>
    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static bool TryReadInto(Message message, ReadOnlyMemory<byte> octets)
    {
        var parts = new Parts(octets);
        if (!message.TryPageIn(parts.Exchange.Span, parts.Key.Span, parts.BlindCopies, parts.Properties.Octets.Span, parts.Body))
            return false;
        message.Deaths = parts.Deaths;
        return true;
    }

    private static Message ReadWhole(MessagePool pool, in Parts parts)
    {
        var message = pool.Rent(parts.AddressLength + parts.BlindCopies.Length + parts.Properties.EncodedLength + parts.Body.Length);
        Span<byte> address = stackalloc byte[parts.AddressLength];
        parts.Exchange.Span.CopyTo(address);
        parts.Key.Span.CopyTo(address[parts.Exchange.Length..]);
        message.Begin(address, parts.Exchange.Length, parts.BlindCopies, parts.Properties.Octets.Span, parts.Properties.Flags);
        message.Append(parts.Body);
        message.Deaths = parts.Deaths;
        return message;
    }

    private static Message ReadOut(MessagePool pool, in Parts parts)
    {
        var message = pool.RentOut();
        message.BeginOut(parts.AddressLength, parts.Exchange.Length, parts.BlindCopies.Length, parts.Properties, parts.Body.Length);
        return message;
    }

    // What stands in the record, as views of its octets.
    private readonly ref struct Parts
    {
        public readonly byte Flags;
        public readonly Placement Placement;
        public readonly long PublishedAt;
        public readonly long TimeToLive = Message.Unlimited;
        public readonly ShortString Exchange;
        public readonly ShortString Key;
        public readonly ReadOnlySpan<byte> BlindCopies;
        public readonly PropertiesView Properties;
        public readonly DeathHistory? Deaths;
        public readonly ReadOnlySpan<byte> Body;

        public Parts(ReadOnlyMemory<byte> octets)
        {
            var reader = new WireReader(octets);
            RecordFault.CheckVersion(ref reader, Version);
            Flags = reader.ReadOctet();
            Placement = Placement.Read(ref reader);
            if ((Flags & HasTime) != 0)
                PublishedAt = (long)reader.ReadLongLong();
            if ((Flags & HasTimeToLive) != 0)
                TimeToLive = (long)reader.ReadLongLong();
            if (PublishedAt < 0 || TimeToLive < 0)
                throw RecordFault.Of("its times are no times");
            Exchange = reader.ReadShortString();
            Key = reader.ReadShortString();
            if ((Flags & HasBlindCopies) != 0)
                BlindCopies = reader.ReadTable().Octets.Span;
            Properties = PropertiesView.Read(reader.ReadLongString().Memory);
            if ((Flags & HasDeaths) != 0)
                Deaths = DeathHistory.Read(ref reader);
            Body = octets.Span[reader.Position..];
        }

        public int AddressLength => Exchange.Length + Key.Length;
    }
}
