using System.Text.Json;
using System.Text.Json.Nodes;

namespace Warren.Broker;

/// <summary>What two files of definitions have not in common. The order of entries and of members makes no difference, nor which release wrote them.</summary>
public static class DefinitionsDiff
{
    private static readonly (string Section, string Entry, string[] Key)[] Sections =
    [
        ("users", "user", ["name"]),
        ("vhosts", "vhost", ["name"]),
        ("permissions", "permission", ["user", "vhost"]),
        ("topic_permissions", "topic permission", ["user", "vhost", "exchange"]),
        ("parameters", "parameter", ["component", "name", "vhost"]),
        ("global_parameters", "global parameter", ["name"]),
        ("policies", "policy", ["name", "vhost"]),
        ("queues", "queue", ["name", "vhost"]),
        ("exchanges", "exchange", ["name", "vhost"]),
        ("bindings", "binding", ["source", "destination", "destination_type", "routing_key", "arguments", "vhost"]),
    ];

    // Where RabbitMQ writes an object now as one and now as an array of pairs.
    private static readonly string[] Objects = ["arguments", "definition", "limits", "metadata", "value"];

    private static readonly string[] Secrets = ["password", "password_hash", "hashing_algorithm"];

    /// <summary>
    /// The differences, one line each: <c>-</c> what only the first has, <c>+</c> what only the second has, <c>~</c> what both have and not alike. Hashes of
    /// passwords are compared and never shown.
    /// </summary>
    /// <param name="before">The text of the first file.</param>
    /// <param name="after">The text of the second file.</param>
    /// <exception cref="DefinitionsException">One of them is not of definitions.</exception>
    public static IReadOnlyList<string> Between(string before, string after)
    {
        var (left, right) = (Read(before), Read(after));
        var lines = new List<string>();
        foreach (var (section, entry, key) in Sections)
            Compare(lines, entry, EntriesOf(left, section, entry, key), EntriesOf(right, section, entry, key));
        return lines;
    }

    private static JsonObject Read(string json)
    {
        DefinitionsReader.Parse(json); // Says what is wrong in its own words.
        return JsonNode.Parse(json)!.AsObject();
    }

    private static void Compare(List<string> lines, string entry, SortedDictionary<string, JsonObject> left, SortedDictionary<string, JsonObject> right)
    {
        foreach (var name in left.Keys.Union(right.Keys).Order(StringComparer.Ordinal))
        {
            if (!right.TryGetValue(name, out var after))
                lines.Add($"- {entry} {name}");
            else if (!left.TryGetValue(name, out var before))
                lines.Add($"+ {entry} {name}");
            else
                CompareMembers(lines, $"{entry} {name}", before, after);
        }
    }

    private static void CompareMembers(List<string> lines, string entry, JsonObject before, JsonObject after)
    {
        foreach (var member in before.Select(static pair => pair.Key).Union(after.Select(static pair => pair.Key)))
        {
            if (!JsonNode.DeepEquals(before[member], after[member]))
                lines.Add(Secrets.Contains(member) ? $"~ {entry}: {member} differs" : $"~ {entry}: {member} {Show(before[member])} -> {Show(after[member])}");
        }
    }

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "none";

    private static SortedDictionary<string, JsonObject> EntriesOf(JsonObject json, string section, string entry, string[] key)
    {
        var entries = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var node in json[section] as JsonArray ?? [])
        {
            var normal = Normal(entry, node!.AsObject());
            entries[string.Join(' ', key.Select(name => Describe(name, normal[name])))] = normal;
        }
        return entries;
    }

    private static string Describe(string name, JsonNode? value) => name switch
    {
        "name" => $"'{value}'",
        "arguments" => $"arguments {Show(value)}",
        _ => $"{name} '{value}'",
    };

    // What means the same looks the same afterwards.
    private static JsonObject Normal(string entry, JsonObject json)
    {
        var normal = new JsonObject();
        foreach (var (name, value) in json)
        {
            if (IsNoise(entry, name))
                continue;
            normal[name] = Array.IndexOf(Objects, name) >= 0 ? NormalObject(value) : value?.DeepClone();
        }
        if (entry is "exchange")
            normal.TryAdd("internal", false);
        ListTags(entry is "vhost" ? normal["metadata"] as JsonObject : entry is "user" ? normal : null);
        return normal;
    }

    // RabbitMQ writes no tags as an empty text, and in older releases all of them as one text.
    private static void ListTags(JsonObject? owner)
    {
        if (owner?["tags"] is JsonValue tags)
            owner["tags"] = new JsonArray([.. tags.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static tag => JsonValue.Create(tag))]);
    }

    // A virtual host's limits stand among the parameters, a queue's type among its arguments.
    private static bool IsNoise(string entry, string name) => (entry, name) is ("vhost", "limits") or ("queue", "type") or ("vhost", "tracing");

    private static JsonNode? NormalObject(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray { Count: 0 } or null:
                return new JsonObject();
            case JsonArray pairs when pairs.All(static pair => pair is JsonArray { Count: 2 } two && two[0]?.GetValueKind() == JsonValueKind.String):
                return Sorted(pairs.Select(static pair => KeyValuePair.Create(pair![0]!.GetValue<string>(), NormalMember(pair[1]))));
            case JsonObject o:
                return Sorted(o.Select(static member => KeyValuePair.Create(member.Key, NormalMember(member.Value))));
            default:
                return node.DeepClone();
        }
    }

    private static JsonNode? NormalMember(JsonNode? node) => node is JsonObject or JsonArray { Count: > 0 } ? NormalObject(node) : node?.DeepClone();

    private static JsonObject Sorted(IEnumerable<KeyValuePair<string, JsonNode?>> members)
    {
        var sorted = new JsonObject();
        foreach (var (name, value) in members.OrderBy(static member => member.Key, StringComparer.Ordinal))
            sorted[name] = value;
        return sorted;
    }
}
