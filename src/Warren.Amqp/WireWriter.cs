using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>Writes AMQP's primitive types into a span that the caller made large enough.</summary>
/// <exception cref="ArgumentException">The span is too small: the caller's length was wrong.</exception>
public ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> _span = destination;
    private int _position;

    /// <summary>Octets written so far.</summary>
    public readonly int Position => _position;

    /// <summary>AMQP's octet, 8 bits.</summary>
    public void WriteOctet(byte value) => _span[_position++] = value;

    /// <summary>AMQP's short, 16 bits.</summary>
    public void WriteShort(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_span[_position..], value);
        _position += 2;
    }

    /// <summary>AMQP's long, 32 bits.</summary>
    public void WriteLong(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_span[_position..], value);
        _position += 4;
    }

    /// <summary>AMQP's long-long, 64 bits.</summary>
    public void WriteLongLong(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_span[_position..], value);
        _position += 8;
    }

    /// <summary>A short string with its octet of length.</summary>
    public void WriteShortString(ShortString value) => WriteShortString(value.Span);

    /// <summary>A short string with its octet of length.</summary>
    /// <exception cref="OverflowException">More than 255 octets.</exception>
    public void WriteShortString(scoped ReadOnlySpan<byte> value)
    {
        WriteOctet(checked((byte)value.Length));
        WriteOctets(value);
    }

    /// <summary>A long string with its four octets of length.</summary>
    public void WriteLongString(LongString value)
    {
        WriteLong((uint)value.Length);
        WriteOctets(value.Span);
    }

    /// <summary>A field table with its four octets of length.</summary>
    public void WriteTable(FieldTable value)
    {
        WriteLong((uint)value.Length);
        WriteOctets(value.Octets.Span);
    }

    /// <summary>Octets as they are.</summary>
    public void WriteOctets(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_span[_position..]);
        _position += value.Length;
    }
}
