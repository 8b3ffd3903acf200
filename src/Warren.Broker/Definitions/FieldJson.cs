using System.Text.Json;
using System.Text.Json.Nodes;
using Warren.Amqp;

namespace Warren.Broker;

/// <summary>
/// Field tables as JSON, which knows fewer types: RabbitMQ makes an integer a long, a number with a point a double, and so do we; a time is written as its
/// seconds and octets as text.
/// </summary>
internal static class FieldJson
{
    /// <summary>Reads an object; what is missing or empty is an empty table.</summary>
    /// <exception cref="FormatException">It is no object, or has a value that no table can hold.</exception>
    public static FieldTable ToTable(JsonElement? json)
    {
        var table = new FieldTableBuilder();
        foreach (var (name, value) in Members(json))
        {
            try
            {
                table.Add(name, ToValue(value));
            }
            catch (ArgumentException e)
            {
                throw new FormatException(e.Message, e);
            }
        }
        return table.ToTable();
    }

    /// <summary>The members of an object. RabbitMQ writes some of them as an array of pairs.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement? json) => json switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Object } o => [.. o.EnumerateObject().Select(static member => (member.Name, member.Value))],
        { ValueKind: JsonValueKind.Array } pairs => [.. pairs.EnumerateArray().Select(ToPair)],
        { } other => throw new FormatException($"an object is wanted, and not {Short(other)}"),
    };

    /// <summary>Writes a table.</summary>
    public static JsonElement ToJson(FieldTable table) => Elements.Of(ToObject(table));

    private static JsonObject ToObject(FieldTable table)
    {
        var json = new JsonObject();
        foreach (var (name, value) in table)
            json[name.ToString()] = ToNode(value);
        return json;
    }

    private static (string Name, JsonElement Value) ToPair(JsonElement pair) =>
        pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String
            ? (pair[0].GetString()!, pair[1])
            : throw new FormatException($"an object is wanted, and not an array with {Short(pair)}");

    private static object? ToValue(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out var integer) ? (object)integer : json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(ToValue).ToList(),
        JsonValueKind.Object => json.EnumerateObject().Select(static member => new KeyValuePair<string, object?>(member.Name, ToValue(member.Value))),
        _ => null,
    };

    private static JsonNode? ToNode(FieldValue value)
    {
        if (value.TryGetInteger(out var integer))
            return JsonValue.Create(integer);
        if (value.TryGetString(out var text))
            return JsonValue.Create(text);
        if (value.TryGetBoolean(out var boolean))
            return JsonValue.Create(boolean);
        if (value.TryGetTable(out var table))
            return ToObject(table);
        if (value.Type == FieldType.Array)
            return ToArray(value);
        return value.ToObject() switch
        {
            float number => JsonValue.Create(number),
            double number => JsonValue.Create(number),
            decimal number => JsonValue.Create(number),
            DateTimeOffset time => JsonValue.Create(time.ToUnixTimeSeconds()),
            byte[] octets => JsonValue.Create(System.Text.Encoding.UTF8.GetString(octets)),
            _ => null,
        };
    }

    private static JsonArray ToArray(FieldValue value)
    {
        var array = new JsonArray();
        foreach (var item in value.EnumerateArray())
            array.Add(ToNode(item));
        return array;
    }

    private static string Short(JsonElement json) => json.GetRawText() is { Length: > 40 } text ? text[..40] + "..." : json.GetRawText();
}
