using System.Globalization;
using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>Row 60: exchanges that choose one of their bindings.</summary>
public sealed class HashExchangeTests : IDisposable
{
    private const int Messages = 4000;

    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public HashExchangeTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_60_x_consistent_hash_shares_by_weight_and_sends_the_same_key_the_same_way()
    {
        Declare("x-consistent-hash", default, ("one", "1"), ("two", "2"), ("five", "5"));

        PublishAll(i => $"key {i}");
        var first = Counts("one", "two", "five");
        var keys = KeysOf("two");
        PublishAll(i => $"key {i}");

        Assert.Equal(Messages, first.Sum());
        AssertShare(first[0], 1.0 / 8);
        AssertShare(first[1], 2.0 / 8);
        AssertShare(first[2], 5.0 / 8);
        Assert.Equal(keys, KeysOf("two"));
    }

    [Fact]
    public void Row_60_x_consistent_hash_takes_for_a_new_binding_only_its_share()
    {
        Declare("x-consistent-hash", default, ("a", "10"), ("b", "10"), ("c", "10"));
        PublishAll(i => $"key {i}");
        var before = KeysOf("a");

        Bind("d", "10");
        PublishAll(i => $"key {i}");
        var after = KeysOf("a");

        Assert.Subset(before, after); // None came from another queue.
        AssertShare(before.Count - after.Count, 1.0 / 12);
        AssertShare(Counts("d")[0], 1.0 / 4);
    }

    [Fact]
    public void Row_60_x_consistent_hash_after_an_unbind_loses_nothing()
    {
        Declare("x-consistent-hash", default, ("a", "3"), ("b", "1"), ("c", "2"));
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("a", "x", "3"));
        PublishAll(i => $"key {i}");
        Assert.Equal((0, Messages), (Counts("a")[0], Counts("b", "c").Sum()));
    }

    [Theory]
    [InlineData("hash-header", "kind")]
    [InlineData("hash-property", "correlation_id")]
    [InlineData("hash-property", "message_id")]
    [InlineData("hash-property", "timestamp")]
    public void Row_60_x_consistent_hash_may_look_at_a_header_or_a_property(string argument, string name)
    {
        Declare("x-consistent-hash", FieldTable.Create((argument, name)), ("a", "1"), ("b", "1"));

        PublishAll(i => "one key", i => Property(name, i % 2));
        var counts = Counts("a", "b");
        foreach (var queue in new[] { "a", "b" })
            _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge(queue));
        PublishAll(i => $"key {i}", _ => Property(name, 1));

        Assert.True(counts is [Messages / 2, Messages / 2] or [Messages, 0] or [0, Messages], $"{counts[0]} and {counts[1]}");
        Assert.Contains(Messages, Counts("a", "b"));
    }

    [Fact]
    public void Row_60_x_consistent_hash_without_what_it_hashes_sends_all_one_way_and_CC_makes_no_second_one()
    {
        Declare("x-consistent-hash", FieldTable.Create(("hash-header", "kind")), ("a", "1"), ("b", "1"));
        PublishAll(i => $"key {i}", _ => new BasicProperties { Headers = FieldTable.Create(("CC", new List<object?> { "other" })) });
        Assert.Equal([0, Messages], Counts("a", "b").Order());
    }

    [Theory]
    [InlineData("zero", "The binding key must be an integer: <<\"zero\">>")]
    [InlineData("", "The binding key must be an integer: <<\"\">>")]
    [InlineData("1.5", "The binding key must be an integer: <<\"1.5\">>")]
    [InlineData("0", "The binding key must be greater than 0")]
    [InlineData("-3", "The binding key must be greater than 0")]
    [InlineData("1000001", "The binding key must not be greater than 1000000")] // V20
    [InlineData("99999999999999999999999", "The binding key must not be greater than 1000000")]
    public void V20_the_weight_is_a_number_within_bounds(string key, string words)
    {
        Declare("x-consistent-hash", default);
        _channel.DeclareQueue("q");
        _channel.Send(new QueueBind("q", "x", key));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, words, MethodId.QueueBind);
    }

    public static TheoryData<FieldTable, string> Wrong => new()
    {
        { FieldTable.Create(("hash-property", "priority")), "Unsupported property: priority" },
        { FieldTable.Create(("hash-header", "a"), ("hash-property", "timestamp")), "hash-header and hash-property are mutually exclusive" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Row_60_x_consistent_hash_refuses_what_it_cannot_hash(FieldTable arguments, string words)
    {
        _channel.Send(new ExchangeDeclare("x", "x-consistent-hash", Arguments: arguments));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, words, MethodId.ExchangeDeclare);
    }

    [Theory]
    [InlineData("x-random", "any key")]
    [InlineData("x-local-random", "")]
    public void Row_60_a_random_exchange_sends_each_message_to_one_queue_at_random(string type, string key)
    {
        Declare(type, default, ("a", key), ("b", key), ("c", key), ("d", key));
        PublishAll(_ => "one key");
        var counts = Counts("a", "b", "c", "d");
        Assert.Equal(Messages, counts.Sum());
        Assert.All(counts, count => AssertShare(count, 1.0 / 4));
    }

    [Fact]
    public void Row_60_x_local_random_binds_classic_queues_without_a_key()
    {
        Declare("x-local-random", default);
        _channel.DeclareQueue("q");
        _channel.DeclareQueue("quorum", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));

        _channel.Send(new QueueBind("q", "x", "k"));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "Non empty binding 'k' key not permitted", MethodId.QueueBind);
        _channel = _broker.OpenChannel();
        _channel.Send(new QueueBind("quorum", "x", ""));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "Queue type rabbit_quorum_queue not valid for this exchange type", MethodId.QueueBind);
        _channel = _broker.OpenChannel();
        _channel.Send(new ExchangeBind("amq.fanout", "x", ""));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "Destination not found", MethodId.ExchangeBind);
    }

    private static BasicProperties Property(string name, int value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return name switch
        {
            "correlation_id" => new BasicProperties { CorrelationId = text },
            "message_id" => new BasicProperties { MessageId = text },
            "timestamp" => new BasicProperties { Timestamp = DateTimeOffset.FromUnixTimeSeconds(value) },
            _ => new BasicProperties { Headers = FieldTable.Create((name, text)) },
        };
    }

    private static void AssertShare(int count, double share) =>
        Assert.InRange(count, (Messages * share) - (0.06 * Messages), (Messages * share) + (0.06 * Messages));

    private void Declare(string type, FieldTable arguments, params (string Queue, string Key)[] bindings)
    {
        _channel.DeclareExchange("x", type, arguments: arguments);
        foreach (var (queue, key) in bindings)
            Bind(queue, key);
    }

    private void Bind(string queue, string key)
    {
        _channel.DeclareQueue(queue);
        _channel.Bind(queue, "x", key);
    }

    private void PublishAll(Func<int, string> key, Func<int, BasicProperties>? properties = null) => _broker.BatchUnchecked(() =>
    {
        for (var i = 0; i < Messages; i++)
            _channel.Publish(key(i), key(i), "x", properties: properties?.Invoke(i));
    });

    private int[] Counts(params string[] queues) => Array.ConvertAll(queues, queue => _broker.Queue(queue).Ready);

    private SortedSet<string> KeysOf(string queue)
    {
        var keys = new SortedSet<string>();
        _broker.BatchUnchecked(() =>
        {
            _channel.Send(new BasicConsume(queue, "drain", NoAck: true));
            _channel.Send(new BasicCancel("drain"));
        });
        _channel.Expect<BasicConsumeOk>();
        for (var count = _channel.Pending; count > 1; count = _channel.Pending)
        {
            _channel.Expect<BasicDeliver>();
            keys.Add(_channel.ExpectContent().Body);
        }
        _channel.Expect<BasicCancelOk>();
        return keys;
    }
}
