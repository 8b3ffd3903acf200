using System.Text;
using System.Text.Json;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Reads a file of definitions and checks every entry by itself. What is wrong is said with the entry's name, and never with a secret.</summary>
internal sealed class DefinitionsReader
{
    private readonly DefinitionsSet _set = new();
    private readonly Profile _profile;
    private readonly int _rounds;

    private DefinitionsReader(Profile profile, int rounds) => (_profile, _rounds) = (profile, rounds);

    /// <exception cref="DefinitionsException">It is no JSON, or an entry is wrong.</exception>
    public static DefinitionsSet Read(string json, Profile profile, int rounds) => Read(Parse(json), profile, rounds);

    /// <exception cref="DefinitionsException">An entry is wrong.</exception>
    public static DefinitionsSet Read(DefinitionsJson json, Profile profile, int rounds)
    {
        var reader = new DefinitionsReader(profile, rounds);
        reader.Read(json);
        return reader._set;
    }

    /// <exception cref="DefinitionsException">It is no JSON, or not of definitions.</exception>
    public static DefinitionsJson Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DefinitionsContext.Default.DefinitionsJson) ?? throw new DefinitionsException("The definitions are no JSON object.");
        }
        catch (JsonException e)
        {
            // The library's message quotes nothing of the file but names.
            throw new DefinitionsException($"The definitions are no JSON of definitions: line {e.LineNumber + 1}, at {e.Path ?? "$"}: {e.Message.Split(" Path: ")[0]}", e);
        }
    }

    private void Read(DefinitionsJson json)
    {
        foreach (var user in json.Users ?? [])
            _set.Users.Add(At($"user '{user.Name}'", () => ReadUser(user)));
        foreach (var host in json.Vhosts ?? [])
            _set.VirtualHosts.Add(At($"vhost '{host.Name}'", () => (NameOf(host.Name), host.Metadata)));
        foreach (var permission in json.Permissions ?? [])
            _set.Permissions.Add(At($"permission of user '{permission.User}' in vhost '{permission.Vhost}'", () => ReadPermission(permission)));
        foreach (var topic in json.TopicPermissions ?? [])
            _set.TopicPermissions.Add(At($"topic permission of user '{topic.User}' for exchange '{topic.Exchange}' in vhost '{topic.Vhost}'", () => ReadTopic(topic)));
        foreach (var parameter in json.Parameters ?? [])
            At($"parameter '{parameter.Name}' of component '{parameter.Component}' in vhost '{parameter.Vhost}'", () => ReadParameter(parameter));
        foreach (var parameter in json.GlobalParameters ?? [])
            _set.GlobalParameters.Add(At($"global parameter '{parameter.Name}'", () => (NameOf(parameter.Name), parameter.Value ?? throw Missing("value"))));
        foreach (var policy in json.Policies ?? [])
            At($"policy '{policy.Name}' in vhost '{policy.Vhost}'", () => AddPolicy(policy, isOperators: false));
        ReadTopologies(json);
    }

    private UserAccount ReadUser(UserJson user)
    {
        var limits = FieldJson.Members(user.Limits).ToDictionary(static limit => limit.Name, static limit => Number(limit.Name, limit.Value));
        return new UserAccount(NameOf(user.Name))
        {
            PasswordHash = HashOf(user),
            Tags = TagsOf(user.Tags),
            MaxConnections = limits.GetValueOrDefault("max-connections"),
            MaxChannels = limits.GetValueOrDefault("max-channels"),
        };
    }

    private PasswordHash? HashOf(UserJson user)
    {
        if (!string.IsNullOrEmpty(user.PasswordHash))
            return PasswordHash.Parse(user.HashingAlgorithm ?? PasswordHash.Sha256, user.PasswordHash);
        return string.IsNullOrEmpty(user.Password) ? null : PasswordHash.Of(Encoding.UTF8.GetBytes(user.Password), _rounds);
    }

    private static string[] TagsOf(JsonElement? tags) => tags switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(static tag => Text("tag", tag))],
        _ => throw new FormatException("tags are a list, or one text with commas between"),
    };

    private static UserPermission ReadPermission(PermissionJson permission) => new(
        Need("user", permission.User),
        Need("vhost", permission.Vhost),
        new AccessPattern(Need("configure", permission.Configure)),
        new AccessPattern(Need("write", permission.Write)),
        new AccessPattern(Need("read", permission.Read)));

    private static TopicPermission ReadTopic(TopicPermissionJson topic) => new(
        Need("user", topic.User), Need("vhost", topic.Vhost), Need("exchange", topic.Exchange), Need("write", topic.Write), Need("read", topic.Read));

    private bool ReadParameter(ParameterJson parameter)
    {
        var (host, component, name) = (Need("vhost", parameter.Vhost), Need("component", parameter.Component), Need("name", parameter.Name));
        var value = parameter.Value ?? throw Missing("value");
        switch (component)
        {
            case "operator_policy": AddPolicy(ToPolicy(host, name, value), isOperators: true); break;
            case "vhost-limits": _set.Limits.Add((host, ReadLimits(value))); break;
            case "policy": throw new FormatException("policies may not be set using this method");
            default: _set.Parameters.Add((host, component, name, value)); break;
        }
        return true;
    }

    private static VirtualHostLimits ReadLimits(JsonElement value)
    {
        var limits = FieldJson.Members(value).ToDictionary(static limit => limit.Name, static limit => Number(limit.Name, limit.Value));
        foreach (var name in limits.Keys)
        {
            if (name is not ("max-connections" or "max-queues"))
                throw new FormatException($"'{name}' is no limit of a virtual host");
        }
        return new VirtualHostLimits { MaxConnections = limits.GetValueOrDefault("max-connections"), MaxQueues = limits.GetValueOrDefault("max-queues") };
    }

    private static PolicyJson ToPolicy(string host, string name, JsonElement value)
    {
        var members = FieldJson.Members(value).ToDictionary(static member => member.Name, static member => member.Value);
        return new PolicyJson(
            host,
            name,
            members.TryGetValue("pattern", out var pattern) ? Text("pattern", pattern) : null,
            members.TryGetValue("apply-to", out var applyTo) ? Text("apply-to", applyTo) : null,
            members.TryGetValue("definition", out var definition) ? definition : null,
            members.TryGetValue("priority", out var priority) ? priority : null);
    }

    private bool AddPolicy(PolicyJson json, bool isOperators)
    {
        var policy = new Policy(NameOf(json.Name), Need("pattern", json.Pattern), FieldJson.ToTable(json.Definition ?? throw Missing("definition")))
        {
            Priority = json.Priority is { ValueKind: not JsonValueKind.Null } priority ? Integer("priority", priority) : 0,
            Target = json.ApplyTo is { } word ? PolicyWords.TargetOf(word) : PolicyTarget.All,
        };
        if (policy.Fault(_profile, isOperators) is { } fault)
            throw new FormatException(fault);
        _set.Policies.Add((Need("vhost", json.Vhost), policy, isOperators));
        return true;
    }

    private void ReadTopologies(DefinitionsJson json)
    {
        var exchanges = (json.Exchanges ?? []).Select(exchange => At($"exchange '{exchange.Name}' in vhost '{exchange.Vhost}'", () => ReadExchange(exchange))).ToLookup(Host, Entry);
        var queues = (json.Queues ?? []).Select(queue => At($"queue '{queue.Name}' in vhost '{queue.Vhost}'", () => ReadQueue(queue))).ToLookup(Host, Entry);
        var bindings = (json.Bindings ?? [])
            .Select(binding => At($"binding from '{binding.Source}' to '{binding.Destination}' in vhost '{binding.Vhost}'", () => ReadBinding(binding)))
            .ToLookup(Host, Entry);
        foreach (var host in exchanges.Select(static group => group.Key).Concat(queues.Select(static group => group.Key)).Concat(bindings.Select(static group => group.Key)))
            _set.Topologies.TryAdd(host, new Topology([.. exchanges[host]], [.. queues[host]], [.. bindings[host]]));

        static string Host<T>((string Host, T Entry) pair) => pair.Host;

        static T Entry<T>((string Host, T Entry) pair) => pair.Entry;
    }

    private static (string Host, ExchangeDefinition Entry) ReadExchange(ExchangeJson exchange) => (
        Need("vhost", exchange.Vhost),
        new ExchangeDefinition(
            Need("name", exchange.Name), Need("type", exchange.Type), exchange.Durable, exchange.AutoDelete, exchange.Internal, FieldJson.ToTable(exchange.Arguments)));

    private static (string Host, QueueDefinition Entry) ReadQueue(QueueJson queue) => (
        Need("vhost", queue.Vhost), new QueueDefinition(NameOf(queue.Name), queue.Durable, queue.AutoDelete, FieldJson.ToTable(queue.Arguments)));

    private static (string Host, BindingDefinition Entry) ReadBinding(BindingJson binding) => (
        Need("vhost", binding.Vhost),
        new BindingDefinition(
            Need("source", binding.Source),
            NameOf(binding.Destination),
            Need("destination_type", binding.DestinationType) switch
            {
                "queue" => true,
                "exchange" => false,
                var other => throw new FormatException($"destination_type '{other}' is neither 'queue' nor 'exchange'"),
            },
            Need("routing_key", binding.RoutingKey),
            FieldJson.ToTable(binding.Arguments)));

    private static int? Number(string name, JsonElement value) => Integer(name, value) switch
    {
        < 0 => null, // RabbitMQ's way to say that there is no limit.
        > int.MaxValue => int.MaxValue,
        var number => (int)number,
    };

    private static long Integer(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw new FormatException($"'{name}' has to be a whole number");

    private static string Text(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"'{name}' has to be a text");

    private static string NameOf(string? name) => string.IsNullOrEmpty(name) ? throw Missing("name") : name;

    private static string Need(string name, string? value) => value ?? throw Missing(name);

    private static FormatException Missing(string name) => new($"'{name}' is missing");

    private static T At<T>(string entry, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new DefinitionsException($"{entry}: {e.Message}", e);
        }
    }
}
