using System.Text.Json;

namespace Warren.Broker;

/// <summary>RabbitMQ's global parameters, which mean nothing to this broker and stand in the next export. Owned by the turn.</summary>
internal sealed class BrokerGlobals
{
    public SortedDictionary<string, JsonElement> Parameters { get; } = new(StringComparer.Ordinal);
}
