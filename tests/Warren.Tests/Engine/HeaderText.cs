using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>Headers as text, a field a line, for tests that compare all of them.</summary>
internal static class HeaderText
{
    public static string Of(FieldTable headers) => Join(headers, "\n");

    private static string Join(FieldTable table, string separator)
    {
        var fields = new List<string>();
        foreach (var (name, value) in table)
            fields.Add($"{name}={Text(value)}");
        return string.Join(separator, fields);
    }

    private static string Text(FieldValue value)
    {
        if (value.TryGetTable(out var table))
            return $"({Join(table, " ")})";
        if (value.Type != FieldType.Array)
            return value.ToObject() is DateTimeOffset time ? $"{time.ToUnixTimeSeconds()}" : $"{value.ToObject()}";
        var values = new List<string>();
        foreach (var one in value.EnumerateArray())
            values.Add(Text(one));
        return $"[{string.Join(' ', values)}]";
    }
}
