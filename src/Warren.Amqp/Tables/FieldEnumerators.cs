using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>A name and its value.</summary>
public readonly record struct Field(ShortString Name, FieldValue Value);

/// <summary>Walks the fields of a checked table.</summary>
public struct FieldTableEnumerator
{
    private readonly ReadOnlyMemory<byte> _octets;
    private int _position;

    internal FieldTableEnumerator(ReadOnlyMemory<byte> octets) => _octets = octets;

    /// <summary>The field at hand.</summary>
    public Field Current { get; private set; }

    /// <summary>Where in the table's octets the field at hand ends.</summary>
    public readonly int Position => _position;

    /// <summary>Steps to the next field.</summary>
    public bool MoveNext()
    {
        if (_position == _octets.Length)
            return false;
        int nameLength = _octets.Span[_position];
        var name = new ShortString(_octets.Slice(_position + 1, nameLength));
        _position += 1 + nameLength;
        Current = new Field(name, FieldCursor.ReadValue(_octets, ref _position));
        return true;
    }
}

/// <summary>Walks the values of a checked array.</summary>
public struct FieldArrayEnumerator
{
    private readonly ReadOnlyMemory<byte> _octets;
    private int _position;

    internal FieldArrayEnumerator(ReadOnlyMemory<byte> octets) => _octets = octets;

    /// <summary>The value at hand.</summary>
    public FieldValue Current { get; private set; }

    /// <summary>Steps to the next value.</summary>
    public bool MoveNext()
    {
        if (_position == _octets.Length)
            return false;
        Current = FieldCursor.ReadValue(_octets, ref _position);
        return true;
    }

    /// <summary>Itself, so that it can stand in a foreach.</summary>
    public readonly FieldArrayEnumerator GetEnumerator() => this;
}

/// <summary>Reads one value; the octets were checked before, so nothing is checked twice.</summary>
internal static class FieldCursor
{
    public static FieldValue ReadValue(ReadOnlyMemory<byte> octets, ref int position)
    {
        var span = octets.Span;
        var type = (FieldType)span[position++];
        var size = FieldSizes.Of(type);
        if (size == FieldSizes.Counted)
        {
            size = BinaryPrimitives.ReadInt32BigEndian(span[position..]);
            position += 4;
        }
        var value = new FieldValue(type, octets.Slice(position, size));
        position += size;
        return value;
    }
}
