namespace Warren.Amqp;

/// <summary>Walks a checked table's fields as octets: name, type and value of each, nothing decoded.</summary>
/// <param name="table">A table's octets, checked before.</param>
public ref struct FieldOctets(ReadOnlySpan<byte> table)
{
    private readonly ReadOnlySpan<byte> _table = table;
    private int _start;
    private int _end;

    /// <summary>The field at hand: a name with its length, the type octet, the value.</summary>
    public readonly ReadOnlySpan<byte> Current => _table[_start.._end];

    /// <summary>Steps to the next field.</summary>
    public bool MoveNext()
    {
        _start = _end;
        if (_start == _table.Length)
            return false;
        _end = FieldSizes.EndOf(_table, _start + 1 + _table[_start]);
        return true;
    }

    /// <summary>Itself, so that it can stand in a foreach.</summary>
    public readonly FieldOctets GetEnumerator() => this;
}
