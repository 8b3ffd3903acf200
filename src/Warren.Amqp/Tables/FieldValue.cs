using System.Buffers.Binary;
using System.Text;

namespace Warren.Amqp;

/// <summary>One value of a field table or array: its type and its octets, bit for bit as they came.</summary>
public readonly struct FieldValue
{
    internal FieldValue(FieldType type, ReadOnlyMemory<byte> octets)
    {
        Type = type;
        Octets = octets;
    }

    /// <summary>The type octet.</summary>
    public FieldType Type { get; }

    /// <summary>The value's octets, without type and without length.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    /// <summary>Any integer type, widened; false for other types.</summary>
    public bool TryGetInteger(out long value)
    {
        var octets = Octets.Span;
        switch (Type)
        {
            case FieldType.SignedByte: value = (sbyte)octets[0]; return true;
            case FieldType.UnsignedByte: value = octets[0]; return true;
            case FieldType.SignedShort: value = BinaryPrimitives.ReadInt16BigEndian(octets); return true;
            case FieldType.UnsignedShort: value = BinaryPrimitives.ReadUInt16BigEndian(octets); return true;
            case FieldType.SignedInt: value = BinaryPrimitives.ReadInt32BigEndian(octets); return true;
            case FieldType.UnsignedInt: value = BinaryPrimitives.ReadUInt32BigEndian(octets); return true;
            case FieldType.SignedLong or FieldType.SignedLongUpper: value = BinaryPrimitives.ReadInt64BigEndian(octets); return true;
            default: value = 0; return false;
        }
    }

    /// <summary>A long string as text; false for other types.</summary>
    public bool TryGetString(out string value)
    {
        var isString = Type == FieldType.LongString;
        value = isString ? Encoding.UTF8.GetString(Octets.Span) : "";
        return isString;
    }

    /// <summary>A boolean; false for other types.</summary>
    public bool TryGetBoolean(out bool value)
    {
        value = Type == FieldType.Boolean && Octets.Span[0] != 0;
        return Type == FieldType.Boolean;
    }

    /// <summary>A nested table; false for other types.</summary>
    public bool TryGetTable(out FieldTable value)
    {
        value = Type == FieldType.Table ? FieldTable.FromCheckedOctets(Octets) : default;
        return Type == FieldType.Table;
    }

    /// <summary>The values of an array, one after the other; an empty enumeration for other types.</summary>
    public FieldArrayEnumerator EnumerateArray() => new(Type == FieldType.Array ? Octets : default);

    /// <summary>
    /// The value as a .NET object: bool, the integer types, float, double, <see cref="decimal"/>, <see cref="DateTimeOffset"/>, string, byte[],
    /// a <c>List&lt;object?&gt;</c>, a <c>Dictionary&lt;string, object?&gt;</c> or null. Values .NET has no place for (a decimal's scale above 28,
    /// a timestamp after year 9999) come as their octets.
    /// </summary>
    public object? ToObject()
    {
        var octets = Octets.Span;
        return Type switch
        {
            FieldType.Boolean => octets[0] != 0,
            FieldType.SignedByte => (sbyte)octets[0],
            FieldType.UnsignedByte => octets[0],
            FieldType.SignedShort => BinaryPrimitives.ReadInt16BigEndian(octets),
            FieldType.UnsignedShort => BinaryPrimitives.ReadUInt16BigEndian(octets),
            FieldType.SignedInt => BinaryPrimitives.ReadInt32BigEndian(octets),
            FieldType.UnsignedInt => BinaryPrimitives.ReadUInt32BigEndian(octets),
            FieldType.SignedLong or FieldType.SignedLongUpper => BinaryPrimitives.ReadInt64BigEndian(octets),
            FieldType.Float => BinaryPrimitives.ReadSingleBigEndian(octets),
            FieldType.Double => BinaryPrimitives.ReadDoubleBigEndian(octets),
            FieldType.Decimal when octets[0] <= 28 => ToDecimal(octets),
            FieldType.Timestamp when BinaryPrimitives.ReadUInt64BigEndian(octets) <= WireTime.MaxSeconds =>
                DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(octets)),
            FieldType.LongString => Encoding.UTF8.GetString(octets),
            FieldType.Array => ToList(),
            FieldType.Table => FieldTable.FromCheckedOctets(Octets).ToDictionary(),
            FieldType.Void => null,
            _ => octets.ToArray(),
        };
    }

    private static decimal ToDecimal(ReadOnlySpan<byte> octets)
    {
        var unscaled = BinaryPrimitives.ReadInt32BigEndian(octets[1..]);
        return new decimal(unchecked((int)(uint)Math.Abs((long)unscaled)), 0, 0, unscaled < 0, octets[0]);
    }

    private List<object?> ToList()
    {
        var list = new List<object?>();
        foreach (var value in EnumerateArray())
            list.Add(value.ToObject());
        return list;
    }
}
