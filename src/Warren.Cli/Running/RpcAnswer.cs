using System.Globalization;
using System.Text.Json;

namespace Warren.Cli.Running;

/// <summary>What one running server said. It comes from elsewhere: whatever is missing or of another kind is shown as a dash.</summary>
internal sealed record RpcAnswer(JsonElement Json, TimeSpan After)
{
    public string Service => Text("service");

    public string Instance => Text("instance");

    public string Version => Text("version");

    public string Host => Text("host");

    public IEnumerable<RpcAnswer> Methods =>
        Json.TryGetProperty("methods", out var methods) && methods.ValueKind == JsonValueKind.Array
            ? methods.EnumerateArray().Where(method => method.ValueKind == JsonValueKind.Object).Select(method => new RpcAnswer(method, After))
            : [];

    public string Text(string name) => !Json.TryGetProperty(name, out var value) ? "-" : value.ValueKind switch
    {
        JsonValueKind.String when value.GetString() is { Length: > 0 } text => text,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        _ => "-",
    };

    public string Time(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var ms) ? Time(ms) : "-";

    public static string Time(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:0.###} ms");
}
