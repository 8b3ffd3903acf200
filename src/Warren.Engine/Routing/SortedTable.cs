using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Field tables in one order, because the order of a binding's arguments does not make another binding.</summary>
internal static class SortedTable
{
    public static FieldTable Of(FieldTable table)
    {
        if (table.IsEmpty || IsSorted(table))
            return table;
        var fields = new List<Field>();
        foreach (var field in table)
            fields.Add(field);
        var order = new int[fields.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (x, y) => fields[x].Name.Span.SequenceCompareTo(fields[y].Name.Span) is var byName and not 0 ? byName : x - y);
        var sorted = new FieldTableBuilder();
        foreach (var i in order)
            sorted.Add(fields[i].Name, fields[i].Value);
        return sorted.ToTable();
    }

    private static bool IsSorted(FieldTable table)
    {
        ShortString last = default;
        foreach (var field in table)
        {
            if (last.Span.SequenceCompareTo(field.Name.Span) > 0)
                return false;
            last = field.Name;
        }
        return true;
    }
}
