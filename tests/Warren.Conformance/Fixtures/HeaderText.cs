using Warren.Amqp;

namespace Warren.Conformance.Fixtures;

/// <summary>
/// Headers as text, sorted by name at every level, because brokers do not promise an order of fields; arrays keep theirs. The time of a
/// death is replaced by its type.
/// </summary>
internal static class HeaderText
{
    /// <summary>One line per header.</summary>
    public static string[] Of(FieldTable headers) => [.. Fields(headers)];

    private static List<string> Fields(FieldTable table)
    {
        var fields = new List<string>();
        foreach (var (name, value) in table)
            fields.Add($"{name}={Text(value)}");
        fields.Sort(StringComparer.Ordinal);
        return fields;
    }

    private static string Text(FieldValue value)
    {
        if (value.TryGetTable(out var table))
            return $"({string.Join(' ', Fields(table))})";
        if (value.Type == FieldType.Timestamp)
            return "timestamp";
        if (value.Type != FieldType.Array)
            return $"{value.ToObject()}{(value.Type == FieldType.LongString ? "" : $":{(char)value.Type}")}";
        var values = new List<string>();
        foreach (var one in value.EnumerateArray())
            values.Add(Text(one));
        return $"[{string.Join(' ', values)}]";
    }
}
