using System.Diagnostics.CodeAnalysis;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Things by their name, found by a view of a frame's octets without making a string.</summary>
internal sealed class NameTable<T>
    where T : class
{
    private readonly Dictionary<ShortString, T> _things;
    private readonly Dictionary<ShortString, T>.AlternateLookup<ReadOnlySpan<byte>> _byOctets;

    public NameTable(NameComparer comparer)
    {
        _things = new Dictionary<ShortString, T>(comparer);
        _byOctets = _things.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count => _things.Count;

    public T? Find(ReadOnlySpan<byte> name) => _byOctets.TryGetValue(name, out var thing) ? thing : null;

    public bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out T? thing) => _byOctets.TryGetValue(name, out thing);

    /// <summary>The name must own its octets.</summary>
    public void Add(ShortString name, T thing) => _things.Add(name, thing);

    public void Remove(ShortString name) => _things.Remove(name);

    /// <summary>Everything in the order of the names' octets; a dictionary's own order must never be seen.</summary>
    public List<T> InOrder()
    {
        var names = new List<ShortString>(_things.Keys);
        names.Sort(static (x, y) => x.Span.SequenceCompareTo(y.Span));
        return names.ConvertAll(name => _things[name]);
    }
}
