using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warren.Broker;

/// <summary>A file of definitions as it stands in JSON (https://www.rabbitmq.com/docs/definitions), in RabbitMQ's order.</summary>
internal sealed record DefinitionsJson
{
    public string? RabbitVersion { get; init; }

    public string? RabbitmqVersion { get; init; }

    public string? ProductName { get; init; }

    public string? ProductVersion { get; init; }

    public UserJson[]? Users { get; init; }

    public VirtualHostJson[]? Vhosts { get; init; }

    public PermissionJson[]? Permissions { get; init; }

    public TopicPermissionJson[]? TopicPermissions { get; init; }

    public ParameterJson[]? Parameters { get; init; }

    public GlobalParameterJson[]? GlobalParameters { get; init; }

    public PolicyJson[]? Policies { get; init; }

    public QueueJson[]? Queues { get; init; }

    public ExchangeJson[]? Exchanges { get; init; }

    public BindingJson[]? Bindings { get; init; }
}

/// <summary>A user. Older files have the tags as one text with commas between.</summary>
internal sealed record UserJson(string? Name, string? PasswordHash, string? HashingAlgorithm, string? Password, JsonElement? Tags, JsonElement? Limits);

/// <summary>A virtual host.</summary>
internal sealed record VirtualHostJson(string? Name, JsonElement? Metadata);

/// <summary>A permission.</summary>
internal sealed record PermissionJson(string? User, string? Vhost, string? Configure, string? Write, string? Read);

/// <summary>A topic permission.</summary>
internal sealed record TopicPermissionJson(string? User, string? Vhost, string? Exchange, string? Write, string? Read);

/// <summary>A parameter of a component in a virtual host: operator policies and limits are such.</summary>
internal sealed record ParameterJson(string? Component, string? Vhost, string? Name, JsonElement? Value);

/// <summary>A parameter of the whole broker.</summary>
internal sealed record GlobalParameterJson(string? Name, JsonElement? Value);

/// <summary>A policy; the value of an operator policy is the same without name and virtual host.</summary>
internal sealed record PolicyJson(
    string? Vhost,
    string? Name,
    string? Pattern,
    [property: JsonPropertyName("apply-to")] string? ApplyTo,
    JsonElement? Definition,
    JsonElement? Priority);

/// <summary>A queue. Its type stands in its arguments too, which alone count.</summary>
internal sealed record QueueJson(string? Name, string? Vhost, string? Type, bool Durable, bool AutoDelete, JsonElement? Arguments);

/// <summary>An exchange.</summary>
internal sealed record ExchangeJson(string? Name, string? Vhost, string? Type, bool Durable, bool AutoDelete, bool Internal, JsonElement? Arguments);

/// <summary>A binding.</summary>
internal sealed record BindingJson(string? Source, string? Vhost, string? Destination, string? DestinationType, string? RoutingKey, JsonElement? Arguments);

/// <summary>How the file is read and written without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(DefinitionsJson))]
internal sealed partial class DefinitionsContext : JsonSerializerContext;
