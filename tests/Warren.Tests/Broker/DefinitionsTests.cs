using Microsoft.Extensions.Logging.Abstractions;
using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;
using Warren.Tests.House;

namespace Warren.Tests.Broker;

/// <summary>Definitions in RabbitMQ's format: rows 154 to 156, and F28.</summary>
public sealed class DefinitionsTests
{
    private static readonly string s_rabbitMq =
        File.ReadAllText(Path.Combine(ArchitectureTests.Root, "tests", "Warren.Tests", "Broker", "Definitions", "rabbitmq-3.10.8.json"));

    private readonly BrokerBench _bench = new();
    private readonly BrokerDefinitions _definitions;

    public DefinitionsTests() => _definitions = new BrokerDefinitions(_bench.Turn, _bench.Users, Profile.V42, _bench.Log);

    [Fact]
    public void Row_154_Row_155_Row_156_what_RabbitMQ_has_exported_comes_out_as_it_went_in()
    {
        var empty = new BrokerBench(new BrokerOptions { Users = [] });
        var definitions = new BrokerDefinitions(empty.Turn, empty.Users, Profile.V42, empty.Log);

        definitions.Import(s_rabbitMq);

        Assert.Equal(
            [ // RabbitMQ leaves the internal exchange out, and not its bindings.
                "- binding source 'ex' destination 'exi' destination_type 'exchange' routing_key 'k' arguments {} vhost '/'",
                "- binding source 'exi' destination 'q1' destination_type 'queue' routing_key '' arguments {\"n\":5,\"x-match\":\"any\"} vhost '/'",
            ],
            DefinitionsDiff.Between(s_rabbitMq, definitions.Export()));
        Assert.Equal(2, empty.Log.Lines.Count(line => line.Contains("is left out: one of them is not there", StringComparison.Ordinal)));
    }

    [Fact]
    public void Importing_twice_changes_nothing_and_an_export_can_be_imported()
    {
        _definitions.Import(s_rabbitMq);
        var once = _definitions.Export();
        _definitions.Import(s_rabbitMq);
        Assert.Equal(once, _definitions.Export());
        _definitions.Import(once);
        Assert.Equal(once, _definitions.Export());

        var other = new BrokerBench(new BrokerOptions { Users = [] });
        var definitions = new BrokerDefinitions(other.Turn, other.Users, Profile.V42, NullLogger.Instance);
        definitions.Import(once);
        Assert.Equal(once, definitions.Export());
    }

    [Fact]
    public void Row_156_imported_users_log_in_and_guest_from_this_machine_only()
    {
        var bench = new BrokerBench(new BrokerOptions { Users = [] });
        new BrokerDefinitions(bench.Turn, bench.Users, Profile.V42, bench.Log).Import(s_rabbitMq);

        bench.OpenChannel("v1", "alice", "secret");
        bench.OpenChannel("/", "guest", "guest");
        Assert.True(bench.Users.Find("guest")!.LoopbackOnly);
        Assert.False(bench.Users.Find("alice")!.LoopbackOnly);
        Assert.Equal((7, "monitoring management"), (bench.Users.Find("alice")!.MaxChannels, string.Join(' ', bench.Users.Find("alice")!.Tags)));
        Assert.Equal((5, 100), (bench.VirtualHosts.LimitsOf("v1")!.MaxConnections, bench.VirtualHosts.LimitsOf("v1")!.MaxQueues));
    }

    [Fact]
    public void Row_154_Row_155_imported_queues_are_there_and_imported_policies_hold()
    {
        _bench.CreateVirtualHost("v1");
        var channel = _bench.OpenChannel("v1");
        channel.WriteMethod(1, new QueueDeclare("q"));
        channel.Read<QueueDeclareOk>();

        _definitions.Import(s_rabbitMq);

        var policies = new BrokerPolicies(_bench.Turn, Profile.V42);
        Assert.Equal(
            [("dead-letter-exchange", "dlx"), ("max-length", 10L), ("message-ttl", 1000L)],
            policies.EffectiveFor("v1", "q")!.Value.ToDictionary().Select(static pair => (pair.Key, pair.Value)).OrderBy(static pair => pair.Key, StringComparer.Ordinal));
        var main = _bench.OpenChannel("/");
        main.WriteMethod(1, new QueueDeclare("qq", Passive: true));
        main.Read<QueueDeclareOk>();
        main.WriteMethod(1, new QueueDeclare("qq", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", 3))));
        main.Read<QueueDeclareOk>();
    }

    [Theory]
    [InlineData("nonsense", "The definitions are no JSON of definitions: line 1, at $: ")]
    [InlineData("""{"queues":[{"name":5}]}""", "The definitions are no JSON of definitions: line 1, at $.queues[1].name: ")]
    [InlineData("""{"queues":[{"vhost":"/"}]}""", "queue '' in vhost '/': 'name' is missing")]
    [InlineData("""{"queues":[{"name":"q"}]}""", "queue 'q' in vhost '': 'vhost' is missing")]
    [InlineData("""{"queues":[{"vhost":"nope","name":"q","durable":true}]}""", "queues, exchanges or bindings: Virtual host 'nope' does not exist")]
    [InlineData("""{"queues":[{"vhost":"/","name":"q","durable":true,"arguments":{"x-message-ttl":-1}}]}""", "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': {value_negative,-1}")]
    [InlineData("""{"queues":[{"vhost":"/","name":"q","durable":true,"arguments":5}]}""", "queue 'q' in vhost '/': an object is wanted, and not 5")]
    [InlineData("""{"exchanges":[{"vhost":"/","name":"x","type":"zzz","durable":true}]}""", "unknown exchange type 'zzz'")]
    [InlineData("""{"bindings":[{"vhost":"/","source":"amq.topic","destination":"q","destination_type":"thing","routing_key":"","arguments":{}}]}""",
        "binding from 'amq.topic' to 'q' in vhost '/': destination_type 'thing' is neither 'queue' nor 'exchange'")]
    [InlineData("""{"exchanges":[{"vhost":"/","name":"h","type":"headers"}],"queues":[{"vhost":"/","name":"q"}],"bindings":[{"vhost":"/","source":"h","destination":"q","destination_type":"queue","routing_key":"","arguments":{"x-match":"zzz"}}]}""",
        "Invalid x-match field value <<\"zzz\">>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("""{"policies":[{"vhost":"/","name":"p","pattern":"a","apply-to":"queues","definition":{"foo":1},"priority":0}]}""",
        "policy 'p' in vhost '/': [{<<\"foo\">>,1}] are not recognised policy settings")]
    [InlineData("""{"policies":[{"vhost":"/","name":"p","pattern":"(","apply-to":"queues","definition":{"expires":1},"priority":0}]}""", "policy 'p' in vhost '/': The pattern '('")]
    [InlineData("""{"policies":[{"vhost":"/","name":"p","pattern":"a","apply-to":"zzz","definition":{"expires":1},"priority":0}]}""", "policy 'p' in vhost '/': apply-to 'zzz' unrecognised")]
    [InlineData("""{"policies":[{"vhost":"/","name":"p","pattern":"a","definition":{"expires":1},"priority":"high"}]}""", "policy 'p' in vhost '/': 'priority' has to be a whole number")]
    [InlineData("""{"parameters":[{"vhost":"/","component":"operator_policy","name":"o","value":{"pattern":"a","apply-to":"queues","definition":{"dead-letter-exchange":"x"},"priority":0}}]}""",
        "parameter 'o' of component 'operator_policy' in vhost '/': [{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not recognised policy settings")]
    [InlineData("""{"parameters":[{"vhost":"/","component":"vhost-limits","name":"limits","value":{"max-cats":1}}]}""",
        "parameter 'limits' of component 'vhost-limits' in vhost '/': 'max-cats' is no limit of a virtual host")]
    [InlineData("""{"permissions":[{"user":"nobody","vhost":"/","configure":"","write":"","read":""}]}""", "permission of user 'nobody' in vhost '/': User 'nobody' does not exist")]
    [InlineData("""{"permissions":[{"user":"guest","vhost":"/","configure":"(","write":"","read":""}]}""", "permission of user 'guest' in vhost '/': The pattern '('")]
    [InlineData("""{"users":[{"name":"bob","password_hash":"zz","hashing_algorithm":"rabbit_password_hashing_sha256"}]}""", "user 'bob': ")]
    [InlineData("""{"vhosts":[{"name":"v"}],"parameters":[{"vhost":"v","component":"vhost-limits","name":"limits","value":{"max-queues":1}}],"queues":[{"vhost":"v","name":"a"},{"vhost":"v","name":"b"}]}""",
        "Adding 2 queue(s) to virtual host \"v\" would exceed the limit of 1 queue(s).")]
    public void F28_what_is_wrong_is_named_and_nothing_is_applied(string json, string fault)
    {
        // Everything before the entry at fault is right.
        var good = """{"users":[{"name":"good"}],"vhosts":[{"name":"good"}],"queues":[{"vhost":"/","name":"good"}],"policies":[{"vhost":"/","name":"good","pattern":"","definition":{"expires":1}}]}""";
        var before = _definitions.Export();

        Assert.StartsWith(fault, Assert.Throws<DefinitionsException>(() => _definitions.Import(json.StartsWith('{') ? Merge(good, json) : json)).Message, StringComparison.Ordinal);

        Assert.Equal(before, _definitions.Export());
        _definitions.Import(good);
        Assert.NotEqual(before, _definitions.Export());
    }

    [Fact]
    public void V15_no_password_and_no_hash_is_in_a_message()
    {
        foreach (var json in new[]
        {
            """{"users":[{"name":"bob","password_hash":"canary","hashing_algorithm":"rabbit_password_hashing_sha256"}]}""",
            """{"users":[{"name":"bob","password_hash":"canary","hashing_algorithm":"other"}]}""",
            """{"users":[{"name":"bob","password":"canary","limits":5}]}""",
            """{"users":[{"name":"bob","password":["canary"]}]}""",
            """{"users":[{"name":"bob","password":"canary" "canary"}]}""",
        })
        {
            var message = Assert.Throws<DefinitionsException>(() => _definitions.Import(json)).ToString();
            Assert.DoesNotContain("canary", message, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains("canary", StringComparison.Ordinal));
        Assert.DoesNotContain(
            DefinitionsDiff.Between("""{"users":[{"name":"bob","password":"canary"}]}""", """{"users":[{"name":"bob","password":"canary2"}]}"""),
            line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public void What_belongs_to_a_connection_is_not_exported()
    {
        var channel = _bench.OpenChannel("/");
        channel.WriteMethod(1, new QueueDeclare("mine", Exclusive: true));
        channel.Read<QueueDeclareOk>();
        channel.WriteMethod(1, new QueueBind("mine", "amq.topic", "#"));
        channel.Read<QueueBindOk>();
        Assert.DoesNotContain("mine", _definitions.Export(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_of_other_components_are_kept_and_a_warning_says_that_they_do_nothing()
    {
        const string Json = """{"parameters":[{"vhost":"/","component":"shovel","name":"s","value":{"src-uri":"amqp://"}}],"global_parameters":[{"name":"g","value":[1,{"a":null}]}]}""";
        _definitions.Import(Json);
        Assert.DoesNotContain(DefinitionsDiff.Between(Json, _definitions.Export()), line => line.Contains("parameter", StringComparison.Ordinal));
        Assert.Single(_bench.Log.Lines, line => line.Contains("parameter 's' of component 'shovel' in vhost '/' is kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_starts_with_definitions_and_without_guest_when_they_name_users()
    {
        await using var with = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true, Definitions = """{"users":[{"name":"bob","password":"b"}]}""" }, TestContext.Current.CancellationToken);
        Assert.Equal(["bob"], with.Users.List().Select(static user => user.Name));
        await using var without = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true, Definitions = """{"vhosts":[{"name":"v"}]}""" }, TestContext.Current.CancellationToken);
        Assert.Equal(["guest"], without.Users.List().Select(static user => user.Name));
        Assert.Equal(["/", "v"], without.VirtualHosts.Names);
    }

    private static string Merge(string first, string second)
    {
        var merged = System.Text.Json.Nodes.JsonNode.Parse(first)!.AsObject();
        foreach (var (section, entries) in System.Text.Json.Nodes.JsonNode.Parse(second)!.AsObject())
        {
            var all = merged[section]?.AsArray() ?? [];
            foreach (var entry in entries!.AsArray())
                all.Add(entry?.DeepClone());
            merged[section] = all.DeepClone();
        }
        return merged.ToJsonString();
    }
}
