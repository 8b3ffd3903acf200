using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Headers that the broker changes: some of the fields go, others come behind the rest.</summary>
internal static class ReplacedFields
{
    public static FieldTable In(FieldTable table, Func<ShortString, bool> goes, FieldTable added = default)
    {
        var octets = new byte[table.Length + added.Length];
        var written = 0;
        var fields = table.GetEnumerator();
        for (var start = 0; fields.MoveNext(); start = fields.Position)
        {
            if (goes(fields.Current.Name))
                continue;
            table.Octets.Span[start..fields.Position].CopyTo(octets.AsSpan(written));
            written += fields.Position - start;
        }
        added.Octets.Span.CopyTo(octets.AsSpan(written));
        return FieldTable.FromOctets(octets.AsMemory(0, written + added.Length));
    }
}
