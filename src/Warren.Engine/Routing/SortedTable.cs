using System.Buffers;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Field tables in one order, because the order of a binding's arguments does not make another binding.</summary>
internal static class SortedTable
{
    public static FieldTable Of(FieldTable table)
    {
        if (IsSorted(table, out var count))
            return table;
        // A field may have two octets: what is kept for each while they are sorted is borrowed, or a header of many costs many times its octets.
        var borrowed = ArrayPool<Place>.Shared.Rent(count);
        var places = borrowed.AsSpan(0, count);
        var fields = table.GetEnumerator();
        for (var i = 0; fields.MoveNext(); i++)
            places[i] = new Place(i == 0 ? 0 : places[i - 1].End, fields.Position);
        places.Sort(new ByName(table.Octets));
        var sorted = Copy(table.Octets.Span, places);
        ArrayPool<Place>.Shared.Return(borrowed);
        return FieldTable.FromOctets(sorted);
    }

    private static byte[] Copy(ReadOnlySpan<byte> octets, ReadOnlySpan<Place> places)
    {
        var copy = new byte[octets.Length];
        var written = 0;
        foreach (var (start, end) in places)
        {
            octets[start..end].CopyTo(copy.AsSpan(written));
            written += end - start;
        }
        return copy;
    }

    private static bool IsSorted(FieldTable table, out int count)
    {
        count = 0;
        var isSorted = true;
        ShortString last = default;
        foreach (var field in table)
        {
            isSorted &= last.Span.SequenceCompareTo(field.Name.Span) <= 0;
            last = field.Name;
            count++;
        }
        return isSorted;
    }

    /// <summary>Where a field stands among the octets of its table.</summary>
    private readonly record struct Place(int Start, int End);

    /// <summary>Fields of one name stay in their order.</summary>
    private sealed class ByName(ReadOnlyMemory<byte> table) : IComparer<Place>
    {
        public int Compare(Place left, Place right)
        {
            var octets = table.Span;
            var byName = NameAt(octets, left.Start).SequenceCompareTo(NameAt(octets, right.Start));
            return byName != 0 ? byName : left.Start - right.Start;
        }

        private static ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> octets, int start) => octets.Slice(start + 1, octets[start]);
    }
}
