using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A message as a record: where it is, when it came, its address, hidden copies, properties and what it has behind it. The body is everything behind that, so that
/// it can be read again by the record's id alone when it is not in memory any more. One that is read is a view of its octets.
/// </summary>
internal readonly ref struct MessageRecord
{
    private const byte Version = 1;
    private const byte IsRoutedByKeyOnly = 1;
    private const byte HasTime = 2;
    private const byte HasTimeToLive = 4;
    private const byte HasBlindCopies = 8;
    private const byte HasDeaths = 16;

    private readonly byte _flags;
    private readonly long _publishedAt;
    private readonly long _timeToLive = Message.Unlimited;
    private readonly ShortString _exchange;
    private readonly ShortString _key;
    private readonly ReadOnlySpan<byte> _blindCopies;
    private readonly PropertiesView _properties;
    private readonly DeathHistory? _deaths;
    private readonly ReadOnlySpan<byte> _body;

    /// <param name="octets">Head and body.</param>
    /// <exception cref="ProtocolException">It is no such record.</exception>
    public MessageRecord(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        _flags = reader.ReadOctet();
        Placement = Placement.Read(ref reader);
        if ((_flags & HasTime) != 0)
            _publishedAt = (long)reader.ReadLongLong();
        if ((_flags & HasTimeToLive) != 0)
            _timeToLive = (long)reader.ReadLongLong();
        if (_publishedAt < 0 || _timeToLive < 0)
            throw RecordFault.Of("its times are no times");
        _exchange = reader.ReadShortString();
        _key = reader.ReadShortString();
        if ((_flags & HasBlindCopies) != 0)
            _blindCopies = reader.ReadTable().Octets.Span;
        _properties = PropertiesView.Read(reader.ReadLongString().Memory);
        if ((_flags & HasDeaths) != 0)
            _deaths = DeathHistory.Read(ref reader);
        _body = octets.Span[reader.Position..];
    }

    /// <summary>Where it is.</summary>
    public Placement Placement { get; }

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
    /// <param name="latestTicks">No message has come later, whatever the clock said then.</param>
    public Message ToMessage(MessagePool pool, long latestTicks)
    {
        var message = pool.Rent(_exchange.Length + _key.Length + _blindCopies.Length + _properties.EncodedLength + _body.Length);
        Span<byte> address = stackalloc byte[_exchange.Length + _key.Length];
        _exchange.Span.CopyTo(address);
        _key.Span.CopyTo(address[_exchange.Length..]);
        message.Begin(address, _exchange.Length, _blindCopies, _properties.Octets.Span, _properties.Flags);
        message.Append(_body);
        message.Deaths = _deaths;
        message.PublishedAtTicks = Math.Min(_publishedAt, latestTicks);
        message.TimeToLiveTicks = _timeToLive;
        message.IsRoutedByKeyOnly = (_flags & IsRoutedByKeyOnly) != 0;
        return message;
    }

    /// <summary>What has to be known of the message while it is out of memory.</summary>
    /// <param name="id">The id of its record.</param>
    /// <param name="latestTicks">No message has come later, whatever the clock said then.</param>
    public WaitingMessage ToWaiting(ulong id, long latestTicks) => new()
    {
        Id = id,
        Position = Placement.Position,
        BodyLength = _body.Length,
        Priority = _properties.Priority,
        PublishedAtTicks = Math.Min(_publishedAt, latestTicks),
        TimeToLiveTicks = _timeToLive,
    };

    /// <summary>False when the record is another message's than the one that is known to be in this queue.</summary>
    public bool IsOf(in WaitingMessage waiting, QueueRecords queue) =>
        Placement.Kind == PlacementKind.Queue && Placement.Owner == queue.Id && _body.Length == waiting.BodyLength && _properties.Priority == waiting.Priority
        && _timeToLive == waiting.TimeToLiveTicks;
}
