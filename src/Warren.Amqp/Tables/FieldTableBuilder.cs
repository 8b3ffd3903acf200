using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace Warren.Amqp;

/// <summary>Builds a field table, field after field.</summary>
public sealed class FieldTableBuilder
{
    private readonly ArrayBufferWriter<byte> _octets = new(64);

    /// <summary>
    /// Adds a field. The .NET type picks the AMQP type: bool t, sbyte b, byte B, short s, ushort u, int I, uint i, long l, float f,
    /// double d, decimal D, <see cref="DateTimeOffset"/> T (whole seconds), string and <see cref="ShortString"/> S, byte[] x, null V,
    /// <see cref="FieldTable"/> or a dictionary with string keys F, any other enumerable A.
    /// </summary>
    /// <exception cref="ArgumentException">A type with no place in a table, a decimal or date out of its range, a name over 255 octets,
    /// or tables nested deeper than 32 levels. The message names the field.</exception>
    public FieldTableBuilder Add(string name, object? value)
    {
        WriteName(_octets, name);
        WriteValue(_octets, name, value, 0);
        return this;
    }

    /// <summary>Adds a field with a value of another table, bit for bit.</summary>
    public FieldTableBuilder Add(ShortString name, FieldValue value)
    {
        WriteName(_octets, name);
        WriteOctet(_octets, (byte)value.Type);
        if (FieldSizes.Of(value.Type) == FieldSizes.Counted)
            WriteLong(_octets, value.Octets.Length);
        _octets.Write(value.Octets.Span);
        return this;
    }

    /// <summary>The table built so far.</summary>
    public FieldTable ToTable() => FieldTable.FromCheckedOctets(_octets.WrittenMemory.ToArray());

    private static void WriteValue(ArrayBufferWriter<byte> to, string name, object? value, int depth)
    {
        if (depth > FieldTableCheck.MaxDepth)
            throw new ArgumentException($"Field '{name}' nests tables deeper than {FieldTableCheck.MaxDepth} levels.", nameof(value));
        switch (value)
        {
            case null: WriteOctet(to, (byte)FieldType.Void); break;
            case bool b: WriteFixed(to, FieldType.Boolean, b ? 1 : 0, 1); break;
            case sbyte n: WriteFixed(to, FieldType.SignedByte, n, 1); break;
            case byte n: WriteFixed(to, FieldType.UnsignedByte, n, 1); break;
            case short n: WriteFixed(to, FieldType.SignedShort, n, 2); break;
            case ushort n: WriteFixed(to, FieldType.UnsignedShort, n, 2); break;
            case int n: WriteFixed(to, FieldType.SignedInt, n, 4); break;
            case uint n: WriteFixed(to, FieldType.UnsignedInt, n, 4); break;
            case long n: WriteFixed(to, FieldType.SignedLong, n, 8); break;
            case float n: WriteFixed(to, FieldType.Float, BitConverter.SingleToInt32Bits(n), 4); break;
            case double n: WriteFixed(to, FieldType.Double, BitConverter.DoubleToInt64Bits(n), 8); break;
            case decimal n: WriteDecimal(to, name, n); break;
            case DateTimeOffset t: WriteFixed(to, FieldType.Timestamp, Seconds(name, t), 8); break;
            case string s: WriteCounted(to, FieldType.LongString, Encoding.UTF8.GetBytes(s)); break;
            case ShortString s: WriteCounted(to, FieldType.LongString, s.Span); break;
            case byte[] x: WriteCounted(to, FieldType.ByteArray, x); break;
            case FieldTable t: WriteCounted(to, FieldType.Table, t.Octets.Span); break;
            case IEnumerable<KeyValuePair<string, object?>> fields: WriteTable(to, fields, depth); break;
            case IEnumerable values: WriteArray(to, name, values, depth); break;
            default: throw new ArgumentException($"Field '{name}': a field table cannot hold a {value.GetType().Name}.", nameof(value));
        }
    }

    private static void WriteTable(ArrayBufferWriter<byte> to, IEnumerable<KeyValuePair<string, object?>> fields, int depth)
    {
        var inner = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in fields)
        {
            WriteName(inner, name);
            WriteValue(inner, name, value, depth + 1);
        }
        WriteCounted(to, FieldType.Table, inner.WrittenSpan);
    }

    private static void WriteArray(ArrayBufferWriter<byte> to, string name, IEnumerable values, int depth)
    {
        var inner = new ArrayBufferWriter<byte>();
        foreach (var value in values)
            WriteValue(inner, name, value, depth + 1);
        WriteCounted(to, FieldType.Array, inner.WrittenSpan);
    }

    // A scale and 32 signed bits: far less than a .NET decimal, so what does not fit is refused rather than rounded.
    private static void WriteDecimal(ArrayBufferWriter<byte> to, string name, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        if (bits[1] != 0 || bits[2] != 0 || bits[0] < 0)
            throw new ArgumentException($"Field '{name}': {value} has more digits than AMQP's decimal (31 bits).", nameof(value));
        WriteOctet(to, (byte)FieldType.Decimal);
        WriteOctet(to, value.Scale);
        WriteLong(to, bits[3] < 0 ? -bits[0] : bits[0]);
    }

    private static long Seconds(string name, DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        return seconds >= 0 ? seconds : throw new ArgumentException($"Field '{name}': AMQP has no time before 1970.", nameof(time));
    }

    private static void WriteName(ArrayBufferWriter<byte> to, ShortString name)
    {
        WriteOctet(to, (byte)name.Length);
        to.Write(name.Span);
    }

    private static void WriteFixed(ArrayBufferWriter<byte> to, FieldType type, long value, int octets)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(wide, value);
        WriteOctet(to, (byte)type);
        to.Write(wide[(8 - octets)..]);
    }

    private static void WriteCounted(ArrayBufferWriter<byte> to, FieldType type, ReadOnlySpan<byte> octets)
    {
        WriteOctet(to, (byte)type);
        WriteLong(to, octets.Length);
        to.Write(octets);
    }

    private static void WriteOctet(ArrayBufferWriter<byte> to, byte value) => to.Write([value]);

    private static void WriteLong(ArrayBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(4), value);
        to.Advance(4);
    }
}
