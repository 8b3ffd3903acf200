using System.Text.Json;
using System.Text.Json.Nodes;

namespace Warren.Broker;

/// <summary>JSON values that are made here.</summary>
internal static class Elements
{
    public static JsonElement Of(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    /// <summary>An object of numbers; null ones are left out.</summary>
    public static JsonElement OfNumbers(params ReadOnlySpan<(string Name, long? Value)> members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is { } number)
                json[name] = number;
        }
        return Of(json);
    }

    public static JsonElement OfTexts(IEnumerable<string> texts)
    {
        var json = new JsonArray();
        foreach (var text in texts)
            json.Add((JsonNode)JsonValue.Create(text));
        return Of(json);
    }
}
