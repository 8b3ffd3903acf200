using System.Text.Json;

namespace Warren;

/// <summary>What an instance says of itself, as JSON: <c>ping</c>, <c>info</c> (methods) and <c>stats</c> (counts and durations since its start).</summary>
internal sealed class InstanceReport(string service, RequestHandler handler, ServeOptions options, RequestRunner runner, TimeProvider time)
{
    public const string PingWord = "ping";
    public const string InfoWord = "info";
    public const string StatsWord = "stats";

    private readonly string _id = Guid.NewGuid().ToString("N")[..12];
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public byte[] ToJson(string word)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            json.WriteString("service"u8, service);
            json.WriteString("instance"u8, _id);
            json.WriteString("version"u8, options.Version ?? "");
            json.WriteString("host"u8, Environment.MachineName);
            json.WriteNumber("process"u8, Environment.ProcessId);
            json.WriteString("startedAt"u8, _startedAt);
            if (word == InfoWord)
                WriteMethods(json);
            if (word == StatsWord)
                WriteStatistics(json);
            json.WriteEndObject();
        }
        return octets.ToArray();
    }

    private void WriteMethods(Utf8JsonWriter json)
    {
        json.WriteStartArray("methods"u8);
        foreach (var method in handler.Contract?.Methods ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name"u8, method.Name);
            json.WriteString("kind"u8, method.Kind.ToString());
            json.WriteBoolean("idempotent"u8, method.IsIdempotent);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("prefetch"u8, options.Prefetch);
    }

    private void WriteStatistics(Utf8JsonWriter json)
    {
        json.WriteNumber("inFlight"u8, runner.InFlight);
        json.WriteStartArray("methods"u8);
        foreach (var (name, durations) in runner.Statistics.Methods)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteNumber("count"u8, durations.Count);
            json.WriteNumber("failures"u8, durations.Failures);
            json.WriteNumber("medianMs"u8, durations.Median.TotalMilliseconds);
            json.WriteNumber("p99Ms"u8, durations.Quantile(0.99).TotalMilliseconds);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
