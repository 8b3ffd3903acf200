using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A published message: exchange, routing key, hidden copies, properties and body, one after the other in one array that the pool lends. Every
/// queue and every holder of an unacknowledged delivery counts one reference; the last to let go gives it back. While it waits in a queue far from the head the
/// array may be out, in the journal only (<see cref="PageOut"/>): then nothing but what has a field of its own may be asked for.
/// </summary>
internal sealed class Message(MessagePool pool)
{
    /// <summary>The time to live of a message that has none.</summary>
    public const long Unlimited = long.MaxValue;

    private const byte Persistent = 2;

    private byte[] _octets = [];
    private byte _exchangeLength;
    private byte _routingKeyLength;
    private byte _priorityOut; // Of one that is out, as the next.
    private bool _isPersistentOut;
    private int _blindCopiesLength;
    private int _bodyStart;
    private int _written;
    private KeptIn _kept;

    public int References { get; private set; }

    /// <summary>False while the array is out: <see cref="Pager"/> reads it again.</summary>
    public bool IsInMemory => _octets.Length != 0;

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
    public bool IsPersistent => IsInMemory ? (PropertyFlags & PropertyFlags.DeliveryMode) != 0 && Properties.DeliveryMode == Persistent : _isPersistentOut;

    /// <summary>Its property priority; 0 when it has none.</summary>
    public byte Priority => IsInMemory ? Properties.Priority : _priorityOut;

    /// <summary>What a dead letter has behind it; else null.</summary>
    public DeathHistory? Deaths { get; set; }

    private int BlindCopiesStart => _exchangeLength + _routingKeyLength;

    private int PropertiesStart => BlindCopiesStart + _blindCopiesLength;

    /// <summary>When it expires in a queue with this time to live; <see cref="Unlimited"/> is never.</summary>
    public long ExpiresAtTicks(long queueTimeToLiveTicks)
    {
        var timeToLive = Math.Min(TimeToLiveTicks, queueTimeToLiveTicks);
        return timeToLive == Unlimited || PublishedAtTicks == 0 ? Unlimited : PublishedAtTicks + timeToLive;
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

    /// <summary>Fills in a message whose array is out: all that is known without it.</summary>
    public void BeginOut(int addressLength, int exchangeLength, int blindCopiesLength, PropertiesView properties, int bodyLength)
    {
        PropertyFlags = properties.Flags;
        MayHaveOpenCopies = (properties.Flags & PropertyFlags.Headers) != 0;
        Measure(addressLength, exchangeLength, blindCopiesLength, properties.EncodedLength);
        _written = _bodyStart + bodyLength;
        _priorityOut = properties.Priority;
        _isPersistentOut = (properties.Flags & PropertyFlags.DeliveryMode) != 0 && properties.DeliveryMode == Persistent;
    }

    /// <summary>Gives the array back: it can be read again from the journal, with all that the message has behind it.</summary>
    public void PageOut()
    {
        (_priorityOut, _isPersistentOut) = (Priority, IsPersistent);
        var octets = TakeArray();
        pool.ReturnArray(octets);
        pool.CountOut();
    }

    /// <summary>Takes what was read again.</summary>
    /// <returns>False when it is another message.</returns>
    public bool TryPageIn(ReadOnlySpan<byte> exchange, ReadOnlySpan<byte> key, ReadOnlySpan<byte> blindCopies, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body)
    {
        var isSame = exchange.Length == _exchangeLength && key.Length == _routingKeyLength && blindCopies.Length == _blindCopiesLength
            && PropertiesStart + properties.Length == _bodyStart && _bodyStart + body.Length == _written;
        if (!isSame)
            return false;
        _octets = pool.RentArray(_written);
        pool.CountIn();
        exchange.CopyTo(_octets);
        key.CopyTo(_octets.AsSpan(_exchangeLength));
        blindCopies.CopyTo(_octets.AsSpan(BlindCopiesStart));
        properties.CopyTo(_octets.AsSpan(PropertiesStart));
        body.CopyTo(_octets.AsSpan(_bodyStart));
        return true;
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
