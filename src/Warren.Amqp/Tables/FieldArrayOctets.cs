namespace Warren.Amqp;

/// <summary>Walks a checked array's values as octets: type and value of each, nothing decoded.</summary>
/// <param name="array">An array's octets without its type and length, checked before.</param>
public ref struct FieldArrayOctets(ReadOnlySpan<byte> array)
{
    private readonly ReadOnlySpan<byte> _array = array;
    private int _start;
    private int _end;

    /// <summary>Where the value at hand stands in the array: the type octet, the value.</summary>
    public readonly Range Current => _start.._end;

    /// <summary>Steps to the next value.</summary>
    public bool MoveNext()
    {
        _start = _end;
        if (_start == _array.Length)
            return false;
        _end = FieldSizes.EndOf(_array, _start);
        return true;
    }

    /// <summary>Itself, so that it can stand in a foreach.</summary>
    public readonly FieldArrayOctets GetEnumerator() => this;
}
