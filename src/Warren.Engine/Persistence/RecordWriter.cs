using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Writes the head of one record after the other into the same array, in AMQP's primitive types; <see cref="WireReader"/> reads them.</summary>
internal sealed class RecordWriter
{
    private byte[] _octets = new byte[256];
    private int _length;

    /// <summary>What was written since the last <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Written => _octets.AsSpan(0, _length);

    /// <summary>Forgets the last record, and writes the version of this one.</summary>
    public RecordWriter Begin(byte version)
    {
        _length = 0;
        return Octet(version);
    }

    public RecordWriter Octet(byte value)
    {
        Reserve(1)[0] = value;
        return this;
    }

    public RecordWriter Short(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(sizeof(ushort)), checked((ushort)value));
        return this;
    }

    public RecordWriter Long(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);
        return this;
    }

    public RecordWriter LongLong(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), value);
        return this;
    }

    public RecordWriter Ticks(long value) => LongLong((ulong)value);

    public RecordWriter ShortString(ReadOnlySpan<byte> value)
    {
        Octet(checked((byte)value.Length));
        value.CopyTo(Reserve(value.Length));
        return this;
    }

    /// <summary>Octets with four octets of length before them.</summary>
    public RecordWriter LongOctets(ReadOnlySpan<byte> value)
    {
        Long((uint)value.Length);
        value.CopyTo(Reserve(value.Length));
        return this;
    }

    public RecordWriter Table(FieldTable value) => LongOctets(value.Octets.Span);

    private Span<byte> Reserve(int octets)
    {
        if (_octets.Length - _length < octets)
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, _length + octets));
        _length += octets;
        return _octets.AsSpan(_length - octets, octets);
    }
}
