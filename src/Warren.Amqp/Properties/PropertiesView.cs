using System.Buffers.Binary;
using System.Numerics;

namespace Warren.Amqp;

/// <summary>
/// The properties of a received message as their octets: checked once, decoded when asked, passed on bit for bit. A view of the
/// buffer they came in; <see cref="ToOwned"/> keeps them.
/// </summary>
public readonly struct PropertiesView : IPropertiesWriter, IEquatable<PropertiesView>
{
    private const int FlagOctets = 2;
    private const int AllProperties = 0xFFFC;

    // The order on the wire, which is the order of the flags from the highest bit: 's' short string, 't' table, 'o' octet, 'T' timestamp.
    private static ReadOnlySpan<byte> Kinds => "sstoossss"u8;

    private readonly ReadOnlyMemory<byte> _octets;

    private PropertiesView(ReadOnlyMemory<byte> octets) => _octets = octets;

    /// <summary>Flags and values, encoded; two zero octets when no property is set.</summary>
    public ReadOnlyMemory<byte> Octets => _octets.IsEmpty ? NoProperties : _octets;

    /// <summary>Which properties are there.</summary>
    public PropertyFlags Flags => _octets.IsEmpty ? 0 : (PropertyFlags)BinaryPrimitives.ReadUInt16BigEndian(_octets.Span);

    /// <summary>MIME type of the body.</summary>
    public ShortString ContentType => ShortStringAt(PropertyFlags.ContentType);

    /// <summary>MIME encoding of the body.</summary>
    public ShortString ContentEncoding => ShortStringAt(PropertyFlags.ContentEncoding);

    /// <summary>The application's headers.</summary>
    public FieldTable Headers => Has(PropertyFlags.Headers) ? TableAt(Find(PropertyFlags.Headers)) : default;

    /// <summary>1 transient, 2 persistent, 0 when absent; other values count as transient.</summary>
    public byte DeliveryMode => OctetAt(PropertyFlags.DeliveryMode);

    /// <summary>0 to 255; 0 when absent.</summary>
    public byte Priority => OctetAt(PropertyFlags.Priority);

    /// <summary>Matches a reply with its request.</summary>
    public ShortString CorrelationId => ShortStringAt(PropertyFlags.CorrelationId);

    /// <summary>Where the reply should go.</summary>
    public ShortString ReplyTo => ShortStringAt(PropertyFlags.ReplyTo);

    /// <summary>Time to live in milliseconds, as decimal text.</summary>
    public ShortString Expiration => ShortStringAt(PropertyFlags.Expiration);

    /// <summary>The application's id of the message.</summary>
    public ShortString MessageId => ShortStringAt(PropertyFlags.MessageId);

    /// <summary>Seconds since 1970; 0 when absent.</summary>
    public ulong TimestampSeconds =>
        Has(PropertyFlags.Timestamp) ? BinaryPrimitives.ReadUInt64BigEndian(_octets.Span[Find(PropertyFlags.Timestamp)..]) : 0;

    /// <summary>The application's name for the kind of message.</summary>
    public ShortString Type => ShortStringAt(PropertyFlags.Type);

    /// <summary>The user that published; checked by the broker.</summary>
    public ShortString UserId => ShortStringAt(PropertyFlags.UserId);

    /// <summary>The application that published.</summary>
    public ShortString AppId => ShortStringAt(PropertyFlags.AppId);

    /// <summary>Reserved by the specification; passed on.</summary>
    public ShortString ClusterId => ShortStringAt(PropertyFlags.ClusterId);

    /// <inheritdoc/>
    public int EncodedLength => Octets.Length;

    private static ReadOnlyMemory<byte> NoProperties { get; } = new byte[FlagOctets];

    /// <summary>The same octets.</summary>
    public static bool operator ==(PropertiesView left, PropertiesView right) => left.Equals(right);

    /// <summary>Other octets.</summary>
    public static bool operator !=(PropertiesView left, PropertiesView right) => !left.Equals(right);

    /// <summary>Checks encoded properties to their last octet and wraps them.</summary>
    /// <exception cref="ProtocolException">501: a value is cut short, the headers are malformed, the continuation bit is set, octets are left over.</exception>
    public static PropertiesView Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        var flags = reader.ReadShort();
        if ((flags & (ushort)PropertyFlags.Continuation) != 0)
            throw new ProtocolException(ReplyCode.FrameError, "property flags continue, but the basic class has only 14 properties");
        for (var left = flags & AllProperties; left != 0;)
        {
            var property = FirstOf(left);
            left &= ~(0x8000 >> property);
            switch (KindOf(property))
            {
                case (byte)'s': reader.ReadShortString(); break;
                case (byte)'o': reader.ReadOctet(); break;
                case (byte)'T': reader.ReadLongLong(); break;
                default: reader.ReadTable(ReplyCode.FrameError); break; // Headers are content: what is wrong with them is the frame's fault.
            }
        }
        reader.ExpectEnd();
        return new PropertiesView(octets);
    }

    /// <summary>Wraps properties that were checked before, such as a copy of a view's octets.</summary>
    public static PropertiesView FromCheckedOctets(ReadOnlyMemory<byte> octets) => new(octets);

    /// <summary>True when the property is there.</summary>
    public bool Has(PropertyFlags property) => (Flags & property) != 0;

    /// <summary>Where in <see cref="Octets"/> the value of one property starts, or would start if it were there.</summary>
    public int PositionOf(PropertyFlags property) => Find(property);

    /// <summary>A copy that owns its octets and outlives the frame.</summary>
    public PropertiesView ToOwned() => _octets.IsEmpty ? default : new PropertiesView(_octets.ToArray());

    /// <summary>The properties as .NET values that may be changed and sent again.</summary>
    public BasicProperties ToProperties() => BasicProperties.From(this);

    /// <inheritdoc/>
    public void Write(ref WireWriter writer) => writer.WriteOctets(Octets.Span);

    /// <inheritdoc/>
    public bool Equals(PropertiesView other) => Octets.Span.SequenceEqual(other.Octets.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertiesView other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Octets.Span);
        return hash.ToHashCode();
    }

    // The highest bit is the first property.
    private static int FirstOf(int flags) => BitOperations.LeadingZeroCount((uint)flags) - 16;

    private static byte KindOf(int property) => property < Kinds.Length ? Kinds[property] : property == 9 ? (byte)'T' : (byte)'s';

    private ShortString ShortStringAt(PropertyFlags property)
    {
        if (!Has(property))
            return default;
        var position = Find(property);
        return new ShortString(_octets.Slice(position + 1, _octets.Span[position]));
    }

    private byte OctetAt(PropertyFlags property) => Has(property) ? _octets.Span[Find(property)] : (byte)0;

    private FieldTable TableAt(int position) =>
        FieldTable.FromCheckedOctets(_octets.Slice(position + 4, BinaryPrimitives.ReadInt32BigEndian(_octets.Span[position..])));

    // Steps over the properties before this one.
    private int Find(PropertyFlags wanted)
    {
        var octets = _octets.Span;
        var position = FlagOctets;
        var before = (ushort)Flags & ~(((int)wanted << 1) - 1);
        while (before != 0)
        {
            var property = FirstOf(before);
            before &= ~(0x8000 >> property);
            position += KindOf(property) switch
            {
                (byte)'s' => 1 + octets[position],
                (byte)'o' => 1,
                (byte)'T' => 8,
                _ => 4 + BinaryPrimitives.ReadInt32BigEndian(octets[position..]),
            };
        }
        return position;
    }
}
