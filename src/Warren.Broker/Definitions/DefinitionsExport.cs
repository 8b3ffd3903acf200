using System.Text.Json;
using System.Text.Json.Nodes;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>Everything that is defined in a broker, as a file of definitions. Owned by the turn; its result is a copy.</summary>
internal sealed class DefinitionsExport(BrokerTurn turn, BrokerGlobals globals, Profile profile, bool withTopologies = true)
{
    public DefinitionsJson Run()
    {
        var hosts = turn.VirtualHosts.Names.Select(turn.VirtualHosts.Require).ToArray();
        var topologies = hosts.Where(_ => withTopologies).Select(static host => (host.Name, Topology: host.ExportTopology())).ToArray();
        return new DefinitionsJson
        {
            RabbitVersion = profile.Version,
            RabbitmqVersion = profile.Version,
            ProductName = "RabbitMQ",
            ProductVersion = profile.Version,
            Users = [.. turn.Users.All.Select(static entry => ToJson(entry.Account))],
            Vhosts = [.. hosts.Select(static host => new VirtualHostJson(host.Name, host.Foreign.Metadata ?? NoMetadata(host.Name)))],
            Permissions = [.. turn.Users.All.SelectMany(static entry => entry.Permissions.OrderBy(static permission => permission.VirtualHost, StringComparer.Ordinal)).Select(ToJson)],
            TopicPermissions = [.. turn.Users.All.SelectMany(static entry => entry.TopicPermissions
                .OrderBy(static topic => topic.VirtualHost, StringComparer.Ordinal).ThenBy(static topic => topic.Exchange, StringComparer.Ordinal)).Select(ToJson)],
            Parameters = [.. hosts.SelectMany(ParametersOf)],
            GlobalParameters = [.. globals.Parameters.Select(static pair => new GlobalParameterJson(pair.Key, pair.Value))],
            Policies = [.. hosts.SelectMany(static host => host.Policies.All(ofOperators: false).Select(policy => ToJson(host.Name, policy)))],
            Queues = [.. topologies.SelectMany(static host => host.Topology.Queues.Select(queue => ToJson(host.Name, queue)))],
            Exchanges = [.. topologies.SelectMany(static host => host.Topology.Exchanges.Select(exchange => ToJson(host.Name, exchange)))],
            Bindings = [.. topologies.SelectMany(static host => host.Topology.Bindings.Select(binding => ToJson(host.Name, binding)))],
        };
    }

    private static UserJson ToJson(UserAccount account) => new(
        account.Name,
        account.PasswordHash?.ToBase64() ?? "",
        account.PasswordHash?.Algorithm ?? PasswordHash.Sha256,
        null,
        Elements.OfTexts(account.Tags),
        Elements.OfNumbers(("max-connections", account.MaxConnections), ("max-channels", account.MaxChannels)));

    private static JsonElement NoMetadata(string host) => Elements.Of(new JsonObject
    {
        ["description"] = host == VirtualHosts.Default ? "Default virtual host" : "",
        ["tags"] = new JsonArray(),
    });

    private static PermissionJson ToJson(UserPermission permission) =>
        new(permission.User, permission.VirtualHost, permission.Configure.Text, permission.Write.Text, permission.Read.Text);

    private static TopicPermissionJson ToJson(TopicPermission topic) => new(topic.User, topic.VirtualHost, topic.Exchange, topic.Write, topic.Read);

    private static IEnumerable<ParameterJson> ParametersOf(HostedEngine host)
    {
        if (host.Limits != VirtualHostLimits.None)
        {
            var limits = Elements.OfNumbers(("max-connections", host.Limits.MaxConnections), ("max-queues", host.Limits.MaxQueues));
            yield return new ParameterJson("vhost-limits", host.Name, "limits", limits);
        }
        foreach (var policy in host.Policies.All(ofOperators: true))
            yield return new ParameterJson("operator_policy", host.Name, policy.Name, ToValue(policy));
        foreach (var ((component, name), value) in host.Foreign.Parameters)
            yield return new ParameterJson(component, host.Name, name, value);
    }

    private static PolicyJson ToJson(string host, Policy policy) =>
        new(host, policy.Name, policy.Pattern, PolicyWords.WordOf(policy.Target), FieldJson.ToJson(policy.Definition), Elements.Of(JsonValue.Create(policy.Priority)));

    private static JsonElement ToValue(Policy policy) => Elements.Of(new JsonObject
    {
        ["apply-to"] = PolicyWords.WordOf(policy.Target),
        ["definition"] = JsonNode.Parse(FieldJson.ToJson(policy.Definition).GetRawText()),
        ["pattern"] = policy.Pattern,
        ["priority"] = policy.Priority,
    });

    private static QueueJson ToJson(string host, QueueDefinition queue) => new(
        queue.Name.ToString(),
        host,
        queue.Arguments.TryGet("x-queue-type", out var type) && type.TryGetString(out var word) ? word : "classic",
        queue.Durable,
        queue.AutoDelete,
        FieldJson.ToJson(queue.Arguments));

    private static ExchangeJson ToJson(string host, ExchangeDefinition exchange) => new(
        exchange.Name.ToString(), host, exchange.Type.ToString(), exchange.Durable, exchange.AutoDelete, exchange.Internal, FieldJson.ToJson(exchange.Arguments));

    private static BindingJson ToJson(string host, BindingDefinition binding) => new(
        binding.Source.ToString(),
        host,
        binding.Destination.ToString(),
        binding.IsToQueue ? "queue" : "exchange",
        binding.RoutingKey.ToString(),
        FieldJson.ToJson(binding.Arguments));
}
