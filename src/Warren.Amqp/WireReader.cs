using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>
/// Reads AMQP's primitive types from one frame's payload and never past it. What it returns are views of that payload.
/// </summary>
/// <exception cref="ProtocolException">Any read past the end, or a field table that is not well-formed.</exception>
public ref struct WireReader
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    /// <summary>Starts at the first octet.</summary>
    public WireReader(ReadOnlyMemory<byte> payload)
    {
        _memory = payload;
        _span = payload.Span;
    }

    /// <summary>Octets read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Octets left.</summary>
    public readonly int Remaining => _span.Length - _position;

    /// <summary>AMQP's octet, 8 bits.</summary>
    public byte ReadOctet() => _span[Take(1)];

    /// <summary>AMQP's short, 16 bits.</summary>
    public ushort ReadShort() => BinaryPrimitives.ReadUInt16BigEndian(_span[Take(2)..]);

    /// <summary>AMQP's long, 32 bits.</summary>
    public uint ReadLong() => BinaryPrimitives.ReadUInt32BigEndian(_span[Take(4)..]);

    /// <summary>AMQP's long-long, 64 bits.</summary>
    public ulong ReadLongLong() => BinaryPrimitives.ReadUInt64BigEndian(_span[Take(8)..]);

    /// <summary>A short string: one octet of length, then as many octets.</summary>
    public ShortString ReadShortString()
    {
        int length = ReadOctet();
        var start = Take(length);
        return new ShortString(_memory.Slice(start, length));
    }

    /// <summary>A long string: four octets of length, then as many octets.</summary>
    public LongString ReadLongString() => new(ReadLongOctets());

    /// <summary>A field table, checked as a whole.</summary>
    /// <param name="misuse">The code for what is no length: an unknown type, or too many levels.</param>
    public FieldTable ReadTable(ReplyCode misuse = ReplyCode.SyntaxError)
    {
        var octets = ReadLongOctets();
        FieldTableCheck.Check(octets.Span, misuse);
        return FieldTable.FromCheckedOctets(octets);
    }

    /// <summary>Refuses octets that no argument claimed.</summary>
    public readonly void ExpectEnd()
    {
        if (Remaining != 0)
            throw CannotDecode();
    }

    private ReadOnlyMemory<byte> ReadLongOctets()
    {
        var length = ReadLong();
        if (length > (uint)Remaining)
            throw CannotDecode();
        return _memory.Slice(Take((int)length), (int)length);
    }

    private int Take(int count)
    {
        if (count > _span.Length - _position)
            throw CannotDecode();
        var start = _position;
        _position += count;
        return start;
    }

    // RabbitMQ's words: the arguments as an Erlang binary.
    private readonly ProtocolException CannotDecode() =>
        new(ReplyCode.FrameError, $"cannot decode {ErlangBinary.Written(_span)}");
}
