using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Conformance.Fixtures;
using Warren.Engine;

namespace Warren.Conformance;

/// <summary>Policies and definitions on both brokers, and from each to the other. They change the whole broker: each test has its own.</summary>
[Collection(nameof(AloneCollection))]
public sealed class PolicyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Row_154_Row_155_Row_58_Row_78_Row_80_policies_do_the_same_on_both_brokers(BrokerKind kind)
    {
        await using var rabbitMq = kind == BrokerKind.RabbitMq ? await RabbitMqServer.StartAsync() : null;
        await using var warren = kind == BrokerKind.Warren ? await WarrenBroker.StartAsync() : null;
        await using var connection = await AmqpConnection.ConnectAsync((rabbitMq?.Uri ?? warren!.Uri).ToString());
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        await channel.DeclareQueueAsync("dead");
        await channel.DeclareQueueAsync("there");
        await channel.DeclareExchangeAsync("x", "direct");
        await channel.DeclareQueueAsync("catch");
        await channel.BindQueueAsync("catch", "amq.fanout");

        await SetAsync("lim", "^(there|later|argued)$", 1, PolicyTarget.Queues, isOperators: false, """{"max-length":3,"dead-letter-exchange":"","dead-letter-routing-key":"dead","overflow":"drop-head"}""");
        await SetAsync("lower", ".*", 0, PolicyTarget.All, isOperators: false, """{"max-length":1}""");
        await SetAsync("ae", "^x$", 5, PolicyTarget.Exchanges, isOperators: false, """{"alternate-exchange":"amq.fanout"}""");
        await channel.DeclareQueueAsync("later");
        await channel.DeclareQueueAsync("argued", arguments: FieldTable.Create(("x-max-length", 2), ("x-dead-letter-exchange", "nowhere")));
        foreach (var queue in (string[])["there", "later", "argued"])
            await PublishAsync(queue, 5);
        await channel.PublishConfirmedAsync("x", "k", new byte[] { 1 });

        Assert.Equal((3u, 3u, 2u), (await CountAsync("there", 3), await CountAsync("later", 3), await CountAsync("argued", 2)));
        Assert.Equal((1u, 1u), (await CountAsync("dead", 1), await CountAsync("catch", 1))); // "lower" keeps one of the dead letters.

        await SetAsync("op", "^(there|later)$", 0, PolicyTarget.Queues, isOperators: true, """{"max-length":2}""");
        Assert.Equal((2u, 2u), (await CountAsync("there", 2), await CountAsync("later", 2)));
        await ClearAsync("lim", isOperators: false);
        Assert.Equal(1u, await CountAsync("there", 1)); // Now "lower" holds.
        await ClearAsync("lower", isOperators: false);
        await PublishAsync("there", 5);
        Assert.Equal(2u, await CountAsync("there", 2));
        await ClearAsync("op", isOperators: true);
        await PublishUntilAsync("there", 7);

        async Task SetAsync(string name, string pattern, int priority, PolicyTarget target, bool isOperators, string definition)
        {
            if (warren is not null)
            {
                var entry = $$"""{"vhost":"/","name":"{{name}}","pattern":"{{pattern}}","apply-to":"{{PolicyWords.WordOf(target)}}","priority":{{priority}},"definition":{{definition}}}""";
                warren.Definitions.Import(isOperators
                    ? $$"""{"parameters":[{"vhost":"/","component":"operator_policy","name":"{{name}}","value":{{entry}}}]}"""
                    : $$"""{"policies":[{{entry}}]}""");
            }
            else
            {
                await rabbitMq!.ControlAsync(
                    isOperators ? "set_operator_policy" : "set_policy", "--priority", $"{priority}", "--apply-to", PolicyWords.WordOf(target), name, pattern, definition);
            }
        }

        async Task ClearAsync(string name, bool isOperators)
        {
            if (warren is not null)
                Assert.True(isOperators ? warren.Policies.ClearOperator("/", name) : warren.Policies.Clear("/", name));
            else
                await rabbitMq!.ControlAsync(isOperators ? "clear_operator_policy" : "clear_policy", name);
        }

        async Task PublishAsync(string queue, int count)
        {
            for (var i = 0; i < count; i++)
                await channel.PublishConfirmedAsync("", queue, new byte[] { (byte)i });
        }

        // RabbitMQ's queues hear of a policy some time after rabbitmqctl has ended.
        async Task<uint> CountAsync(string queue, uint expected)
        {
            var deadline = TimeProvider.System.GetTimestamp();
            uint count;
            do
                count = (await channel.DeclareQueuePassiveAsync(queue)).MessageCount;
            while (count != expected && TimeProvider.System.GetElapsedTime(deadline) < Patience);
            return count;
        }

        async Task PublishUntilAsync(string queue, uint count)
        {
            var deadline = TimeProvider.System.GetTimestamp();
            do
                await PublishAsync(queue, 1);
            while ((await channel.DeclareQueuePassiveAsync(queue)).MessageCount < count && TimeProvider.System.GetElapsedTime(deadline) < Patience);
            Assert.Equal(count, (await channel.DeclareQueuePassiveAsync(queue)).MessageCount);
        }
    }

    [Fact]
    public async Task Row_154_Row_155_Row_156_definitions_go_from_RabbitMQ_to_Warren_and_from_Warren_to_RabbitMQ()
    {
        var folder = Directory.CreateTempSubdirectory("warren-definitions-").FullName;
        await using var rabbitMq = await RabbitMqServer.StartAsync();
        await rabbitMq.ControlAsync("add_vhost", "v");
        await rabbitMq.ControlAsync("add_user", "alice", "secret");
        await rabbitMq.ControlAsync("set_user_tags", "alice", "monitoring", "management");
        await rabbitMq.ControlAsync("set_permissions", "-p", "v", "alice", "^a", ".*", "");
        await rabbitMq.ControlAsync("set_topic_permissions", "-p", "v", "alice", "amq.topic", "^x", "y$");
        await rabbitMq.ControlAsync("set_vhost_limits", "-p", "v", """{"max-queues": 100, "max-connections": 5}""");
        await rabbitMq.ControlAsync("set_user_limits", "alice", """{"max-channels": 7}""");
        await rabbitMq.ControlAsync("set_policy", "-p", "v", "--priority", "3", "--apply-to", "queues", "p", "^q", """{"message-ttl":1000,"dead-letter-exchange":"d"}""");
        await rabbitMq.ControlAsync("set_operator_policy", "--priority", "1", "--apply-to", "queues", "o", "^limited", """{"max-length":10}""");
        await using (var connection = await AmqpConnection.ConnectAsync(rabbitMq.Uri.ToString()))
        {
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareQueueAsync("q", durable: true, arguments: FieldTable.Create(("x-max-length", 5), ("x-custom", FieldTable.Create(("n", new object[] { 1, "two", true })))));
            await channel.DeclareQueueAsync("quorum", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
            await channel.DeclareExchangeAsync("x", "topic", durable: true, arguments: FieldTable.Create(("alternate-exchange", "amq.fanout")));
            await channel.DeclareExchangeAsync("h", "headers", durable: true);
            await channel.BindQueueAsync("q", "x", "a.#");
            await channel.BindQueueAsync("q", "h", "", FieldTable.Create(("x-match", "any"), ("n", 5)));
            await channel.BindExchangeAsync("h", "x", "k");
        }
        var fromRabbitMq = await ExportAsync("1.json");

        await using var warren = await WarrenBroker.StartAsync(new BrokerOptions { Definitions = fromRabbitMq });
        var fromWarren = warren.Definitions.Export();
        Assert.Equal([], DefinitionsDiff.Between(fromRabbitMq, fromWarren));

        // Back, with a policy and an exchange more.
        warren.Policies.Set("v", new Policy("of-warren", "^w", FieldTable.Create(("expires", 60_000))) { Target = PolicyTarget.Queues });
        warren.Definitions.Import("""{"exchanges":[{"vhost":"v","name":"of-warren","type":"fanout","durable":true,"auto_delete":false,"internal":false,"arguments":{}}]}""");
        fromWarren = warren.Definitions.Export();
        await File.WriteAllTextAsync(Path.Combine(folder, "2.json"), fromWarren);
        await rabbitMq.ControlAsync("import_definitions", Path.Combine(folder, "2.json"));
        Assert.Equal([], await DifferencesAsync(fromWarren)); // rabbitmqctl says itself that the import goes on when it has ended.
        Assert.NotEqual([], DefinitionsDiff.Between(fromRabbitMq, fromWarren));

        // And an empty RabbitMQ takes everything.
        await using var other = await RabbitMqServer.StartAsync();
        await other.ControlAsync("import_definitions", Path.Combine(folder, "2.json"));
        await using var there = await AmqpConnection.ConnectAsync(other.Uri.ToString());
        var found = await there.OpenChannelAsync();
        await found.DeclareQueuePassiveAsync("quorum");
        Directory.Delete(folder, recursive: true);

        async Task<string> ExportAsync(string name)
        {
            var path = Path.Combine(folder, name);
            File.Delete(path);
            await rabbitMq.ControlAsync("export_definitions", path);
            return await File.ReadAllTextAsync(path);
        }

        async Task<IReadOnlyList<string>> DifferencesAsync(string expected)
        {
            var start = TimeProvider.System.GetTimestamp();
            IReadOnlyList<string> differences;
            do
                differences = DefinitionsDiff.Between(expected, await ExportAsync("3.json"));
            while (differences.Count > 0 && TimeProvider.System.GetElapsedTime(start) < Patience);
            return differences;
        }
    }
}
