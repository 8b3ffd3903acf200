using System.Text.Json;

namespace Warren.Broker;

/// <summary>What definitions say of a virtual host that means nothing to this broker: it is kept, and stands in the next export. Owned by the turn.</summary>
internal sealed class ForeignDefinitions
{
    /// <summary>RabbitMQ's description, tags and the like; null when none was given.</summary>
    public JsonElement? Metadata { get; set; }

    /// <summary>Parameters of components that this broker has not, such as shovels.</summary>
    public SortedDictionary<(string Component, string Name), JsonElement> Parameters { get; } = [];
}
