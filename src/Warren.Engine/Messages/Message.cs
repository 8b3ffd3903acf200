using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A published message: exchange, routing key, hidden copies, properties and body, one after the other in one array that the pool lends. Every
/// queue and every holder of an unacknowledged delivery counts one reference; the last to let go gives it back.
/// </summary>
internal sealed class Message(MessagePool pool)
{
    /// <summary>The time to live of a message that has none.</summary>
    public const long Unlimited = long.MaxValue;

    private const byte Persistent = 2;

    private byte[] _octets = [];
    private byte _exchangeLength;
    private byte _routingKeyLength;
    private int _blindCopiesLength;
    private int _bodyStart;
    private int _written;
    private KeptIn _kept;

    public int References { get; private set; }

    public int Capacity => _octets.Length;

    public ShortString Exchange => new(new ReadOnlyMemory<byte>(_octets, 0, _exchangeLength));

    public ReadOnlySpan<byte> ExchangeSpan => _octets.AsSpan(0, _exchangeLength);

    public ShortString RoutingKey => new(new ReadOnlyMemory<byte>(_octets, _exchangeLength, _routingKeyLength));

    public ReadOnlySpan<byte> RoutingKeySpan => _octets.AsSpan(_exchangeLength, _routingKeyLength);

    /// <summary>The header BCC, which was taken out of the properties, as a table of its own; usually nothing.</summary>
    public FieldTable BlindCopies =>
        _blindCopiesLength == 0 ? default : FieldTable.FromCheckedOctets(new ReadOnlyMemory<byte>(_octets, BlindCopiesStart, _blindCopiesLength));

    public ReadOnlySpan<byte> BlindCopyOctets => _octets.AsSpan(BlindCopiesStart, _blindCopiesLength);

    public PropertiesView Properties => PropertiesView.FromCheckedOctets(new ReadOnlyMemory<byte>(_octets, PropertiesStart, _bodyStart - PropertiesStart));

    /// <summary>Which properties there are, without a look into the array.</summary>
    public PropertyFlags PropertyFlags { get; private set; }

    /// <summary>Exchange and routing key, one after the other.</summary>
    public ReadOnlySpan<byte> Address => _octets.AsSpan(0, _exchangeLength + _routingKeyLength);

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Body => _octets.AsSpan(_bodyStart, BodyLength);

    public int BodyLength => _written - _bodyStart;

    /// <summary>When it came into the queues where it is; 0 for a message without expiration in queues whose arguments ask for nothing.</summary>
    public long PublishedAtTicks { get; set; }

    /// <summary>Its property expiration in ticks, or <see cref="Unlimited"/>.</summary>
    public long TimeToLiveTicks { get; set; }

    /// <summary>True for a dead letter that was given another key: what its header CC says routes no more.</summary>
    public bool IsRoutedByKeyOnly { get; set; }

    /// <summary>False when it has no header CC, as most have none. Whoever has looked says so.</summary>
    public bool MayHaveOpenCopies { get; set; }

    /// <summary>False when it has no further routing keys, neither in CC nor in BCC.</summary>
    public bool MayHaveCopies => MayHaveOpenCopies || _blindCopiesLength > 0;

    /// <summary>Its records in the journal.</summary>
    public ref KeptIn Kept => ref _kept;

    /// <summary>
    /// How far the journal has to be on disk before a client may see it: a copy of a message that is there, such as a dead letter, would come again as if for the first time if a crash
    /// brought back the one that it was made of. 0 for what a publisher has sent: whoever sees it before the disk has it sees it once.
    /// </summary>
    public long ShownFrom { get; set; }

    /// <summary>True when its publisher wants it to survive: delivery-mode 2.</summary>
    public bool IsPersistent => (PropertyFlags & PropertyFlags.DeliveryMode) != 0 && Properties.DeliveryMode == Persistent;

    /// <summary>Its property priority; 0 when it has none.</summary>
    public byte Priority => Properties.Priority;

    /// <summary>What a dead letter has behind it; else null.</summary>
    public DeathHistory? Deaths { get; set; }

    private int BlindCopiesStart => _exchangeLength + _routingKeyLength;

    private int PropertiesStart => BlindCopiesStart + _blindCopiesLength;

    /// <summary>When it expires in a queue with this time to live; <see cref="Unlimited"/> is never.</summary>
    public long ExpiresAtTicks(long queueTimeToLiveTicks) => ExpiresAtTicks(PublishedAtTicks, TimeToLiveTicks, queueTimeToLiveTicks);

    /// <summary>The same of a message of which no more than this is known.</summary>
    public static long ExpiresAtTicks(long publishedAtTicks, long timeToLiveTicks, long queueTimeToLiveTicks)
    {
        var timeToLive = Math.Min(timeToLiveTicks, queueTimeToLiveTicks);
        return timeToLive == Unlimited || publishedAtTicks == 0 ? Unlimited : publishedAtTicks + timeToLive;
    }

    /// <summary>Fills in everything but the body.</summary>
    /// <param name="address">Exchange and routing key, one after the other.</param>
    /// <param name="exchangeLength">Where in the address the routing key starts.</param>
    /// <param name="blindCopies">The header BCC as a table, checked before.</param>
    /// <param name="properties">The encoded properties, checked before.</param>
    /// <param name="flags">Which properties those are.</param>
    public void Begin(ReadOnlySpan<byte> address, int exchangeLength, ReadOnlySpan<byte> blindCopies, ReadOnlySpan<byte> properties, PropertyFlags flags)
    {
        address.CopyTo(_octets);
        blindCopies.CopyTo(_octets.AsSpan(address.Length));
        properties.CopyTo(_octets.AsSpan(address.Length + blindCopies.Length));
        PropertyFlags = flags;
        MayHaveOpenCopies = (flags & PropertyFlags.Headers) != 0;
        Measure(address.Length, exchangeLength, blindCopies.Length, properties.Length);
        _written = _bodyStart;
    }

    /// <summary>Adds a part of the body; the array grows to no more than twice of what has arrived.</summary>
    public void Append(ReadOnlySpan<byte> part)
    {
        if (_octets.Length - _written < part.Length)
            Grow(_written + part.Length);
        part.CopyTo(_octets.AsSpan(_written));
        _written += part.Length;
    }

    public void AddReference() => References++;

    public void Release()
    {
        System.Diagnostics.Debug.Assert(References > 0, "A message was released more often than it was held.");
        if (--References == 0)
            pool.Return(this);
    }

    internal void Lend(byte[] octets)
    {
        _octets = octets;
        _written = _bodyStart = 0;
        References = 1;
        PublishedAtTicks = 0;
        TimeToLiveTicks = Unlimited;
        IsRoutedByKeyOnly = false;
        _kept = default;
        ShownFrom = 0;
    }

    internal byte[] TakeArray()
    {
        var octets = _octets;
        _octets = [];
        Deaths = null;
        return octets;
    }

    private void Measure(int address, int exchange, int blindCopies, int properties)
    {
        _exchangeLength = (byte)exchange;
        _routingKeyLength = (byte)(address - exchange);
        _blindCopiesLength = blindCopies;
        _bodyStart = address + blindCopies + properties;
    }

    private void Grow(int needed)
    {
        var larger = pool.RentArray(Math.Max(needed, _octets.Length * 2));
        _octets.AsSpan(0, _written).CopyTo(larger);
        pool.ReturnArray(_octets);
        _octets = larger;
    }
}
