namespace Warren.Amqp;

/// <summary>
/// A field table (AMQP 0-9-1 section 4.2.5.5), kept as its octets: order, types, widths and duplicate names stay as they came, and
/// nothing is decoded before someone asks. A table that was read from a frame is a view of that frame's buffer.
/// </summary>
public readonly struct FieldTable : IEquatable<FieldTable>
{
    private FieldTable(ReadOnlyMemory<byte> octets) => Octets = octets;

    /// <summary>A table without fields.</summary>
    public static FieldTable Empty => default;

    /// <summary>The encoded fields, without the four octets of length before them.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    /// <summary>How many octets the fields take.</summary>
    public int Length => Octets.Length;

    /// <summary>True when there is no field.</summary>
    public bool IsEmpty => Octets.IsEmpty;

    /// <summary>The same octets.</summary>
    public static bool operator ==(FieldTable left, FieldTable right) => left.Equals(right);

    /// <summary>Other octets.</summary>
    public static bool operator !=(FieldTable left, FieldTable right) => !left.Equals(right);

    /// <summary>Builds a table from names and .NET values; see <see cref="FieldTableBuilder.Add(string, object?)"/> for the types.</summary>
    public static FieldTable Create(params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        var builder = new FieldTableBuilder();
        foreach (var (name, value) in fields)
            builder.Add(name, value);
        return builder.ToTable();
    }

    /// <summary>Builds a table from a dictionary; see <see cref="FieldTableBuilder.Add(string, object?)"/> for the types.</summary>
    public static FieldTable From(IEnumerable<KeyValuePair<string, object?>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var builder = new FieldTableBuilder();
        foreach (var (name, value) in fields)
            builder.Add(name, value);
        return builder.ToTable();
    }

    /// <summary>Wraps encoded fields after checking them.</summary>
    /// <exception cref="ProtocolException">The octets are not a well-formed table.</exception>
    public static FieldTable FromOctets(ReadOnlyMemory<byte> octets)
    {
        FieldTableCheck.Check(octets.Span);
        return new FieldTable(octets);
    }

    /// <summary>Finds the first field of this name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out FieldValue value)
    {
        if (!TryFind(name, out var start, out _))
        {
            value = default;
            return false;
        }
        var position = start + 1 + name.Length;
        value = FieldCursor.ReadValue(Octets, ref position);
        return true;
    }

    /// <summary>Finds the first field of this name.</summary>
    public bool TryGet(string name, out FieldValue value) => TryGet(new ShortString(name).Span, out value);

    /// <summary>Finds where in <see cref="Octets"/> the first field of this name stands: name, type and value.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out Range field)
    {
        var isFound = TryFind(name, out var start, out var end);
        field = start..end;
        return isFound;
    }

    /// <summary>A copy that owns its octets and outlives the frame.</summary>
    public FieldTable ToOwned() => IsEmpty ? default : new FieldTable(Octets.ToArray());

    /// <summary>The fields as .NET objects; of a name that occurs twice the last value stays.</summary>
    public Dictionary<string, object?> ToDictionary()
    {
        var dictionary = new Dictionary<string, object?>();
        foreach (var field in this)
            dictionary[field.Name.ToString()] = field.Value.ToObject();
        return dictionary;
    }

    /// <summary>Enumerates the fields in their order.</summary>
    public FieldTableEnumerator GetEnumerator() => new(Octets);

    /// <inheritdoc/>
    public bool Equals(FieldTable other) => Octets.Span.SequenceEqual(other.Octets.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FieldTable other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Octets.Span);
        return hash.ToHashCode();
    }

    /// <summary>Wraps fields that were checked before, such as a copy of a part of a table.</summary>
    public static FieldTable FromCheckedOctets(ReadOnlyMemory<byte> octets) => new(octets);

    // Steps from field to field and makes nothing of those that are not asked for.
    private bool TryFind(ReadOnlySpan<byte> name, out int start, out int end)
    {
        var octets = Octets.Span;
        for (start = end = 0; start < octets.Length; start = end)
        {
            int nameLength = octets[start];
            end = FieldSizes.EndOf(octets, start + 1 + nameLength);
            if (nameLength == name.Length && octets.Slice(start + 1, nameLength).SequenceEqual(name))
                return true;
        }
        return false;
    }
}
