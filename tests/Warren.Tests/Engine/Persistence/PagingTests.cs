using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>Messages that wait far from the head of their queue while there is next to no memory for them.</summary>
public sealed class PagingTests : IDisposable
{
    private static readonly BasicProperties Persistent = new() { DeliveryMode = 2 };

    private readonly DurableBroker _durable = new(bodyOctets: 0);
    private TestChannel _channel;

    public PagingTests() => _channel = _durable.OpenChannel();

    private BrokerEngine Engine => _durable.Broker.Engine;

    public void Dispose() => _durable.Dispose();

    [Fact]
    public void F21_a_backlog_leaves_memory_all_but_its_head_and_comes_back_in_order_with_all_it_had()
    {
        Declare("q");
        var before = Engine.MessageOctets;
        for (var i = 0; i < 1000; i++)
            _channel.Publish(Body(i), "q", properties: new BasicProperties { DeliveryMode = 2, MessageId = $"id-{i}", Headers = FieldTable.Create(("n", i), ("BCC", new object[] { "nobody" })) });

        Assert.Equal(999, Engine.PagedOutMessages);
        Assert.InRange(Engine.MessageOctets - before, 0, 1000 * 28 + 2048);
        Assert.Equal(0, _durable.Journal.Reads);
        Assert.Equal(Enumerable.Range(0, 1000).Sum(static i => (long)Body(i).Length), Engine.Host.Queues.Find("q"u8)!.ReadyOctets);
        for (var i = 0; i < 1000; i++)
        {
            var (get, content) = _channel.Get("q", noAck: true)!.Value;
            Assert.Equal((Body(i), $"id-{i}", "q", ""), (content.Body, content.Properties.MessageId.ToString(), get.RoutingKey.ToString(), get.Exchange.ToString()));
            Assert.Equal(i, content.Properties.Headers.ToDictionary()["n"]);
        }
        Assert.Equal(0, Engine.PagedOutMessages);
        Assert.Equal(before, Engine.MessageOctets);
    }

    [Fact]
    public void What_is_not_on_disk_yet_stays_in_memory()
    {
        Declare("q");
        _durable.IsDiskHeld = true;
        PublishMany(10);
        Assert.Equal(0, Engine.PagedOutMessages);

        _durable.Persist();
        _durable.IsDiskHeld = false;

        Assert.Equal(9, Engine.PagedOutMessages);
        Assert.Equal(Bodies(0, 10), _channel.Drain("q"));
    }

    [Fact]
    public void Transient_messages_and_those_with_several_places_stay_in_memory()
    {
        Declare("q");
        Declare("r");
        _channel.Bind("q", "amq.fanout");
        _channel.Bind("r", "amq.fanout");
        for (var i = 0; i < 12; i++)
            _channel.Publish(Body(i), "q", exchange: i % 3 == 1 ? "amq.fanout" : "", properties: i % 3 == 0 ? null : Persistent);

        Assert.Equal(4, Engine.PagedOutMessages);
        Assert.Equal(Bodies(0, 12), _channel.Drain("q"));
        Assert.Equal(4, _channel.Drain("r").Length);
    }

    [Fact]
    public void A_message_that_a_transient_queue_has_too_stays_in_memory_when_its_record_goes()
    {
        Declare("q");
        _channel.DeclareQueue("passing");
        _channel.Bind("q", "amq.fanout");
        _channel.Bind("passing", "amq.fanout");
        for (var i = 0; i < 10; i++)
            _channel.Publish(Body(i), "", "amq.fanout", properties: Persistent);

        Assert.Equal(Bodies(0, 10), _channel.Drain("q"));
        Assert.Equal(Bodies(0, 10), _channel.Drain("passing"));
    }

    [Fact]
    public void A_consumer_gets_all_in_order_and_gives_some_back()
    {
        Declare("q");
        PublishMany(100);
        _channel.Qos(10);
        _channel.Consume("q");
        var tags = Enumerable.Range(0, 10).Select(i => _channel.ExpectDelivery(Body(i), redelivered: false)).ToArray();
        _channel.Send(new BasicNack(tags[9], Multiple: true, Requeue: true));
        for (var i = 0; i < 100; i++)
            _channel.Send(new BasicAck(_channel.ExpectDelivery(Body(i), redelivered: i < 10), false));
        _channel.ExpectNothing();
        Assert.Equal((0, 0), (_durable.Broker.Queue("q").Ready, Engine.PagedOutMessages));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(100_000)]
    [InlineData(400_000)]
    public void A_long_backlog_that_is_consumed_while_memory_is_short_comes_in_order_before_a_crash_and_after_it(int bodyOctets)
    {
        using var durable = new DurableBroker(bodyOctets: bodyOctets);
        var channel = durable.OpenChannel();
        channel.DeclareQueue("q", durable: true);
        for (var i = 0; i < 2500; i += 100)
            durable.Broker.BatchUnchecked(() => PublishSome(channel, i, 100));
        Take(durable, 0, 500);
        durable.Persist();
        durable.Crash();
        Assert.True(durable.Broker.Engine.PagedOutMessages > 1000);
        Take(durable, 500, 2000);
        Assert.Equal((0, 0), (durable.Broker.Queue("q").Ready, durable.Broker.Engine.PagedOutMessages));
    }

    [Fact]
    public void What_leaves_without_being_looked_at_is_not_read()
    {
        Declare("purged");
        Declare("short", ("x-max-length", 20));
        Declare("expiring", ("x-message-ttl", 1000));
        Declare("deleted");
        foreach (var queue in (string[])["purged", "short", "expiring", "deleted"])
            PublishMany(50, queue);
        Assert.True(Engine.PagedOutMessages > 150);

        Assert.Equal(50u, _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("purged")).MessageCount);
        PublishMany(20, "short");
        _durable.Broker.Advance(TimeSpan.FromSeconds(2));
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("deleted"));

        Assert.Equal(0, _durable.Broker.Queue("expiring").Ready);
        Assert.Equal(0, _durable.Journal.Reads);
        Assert.Equal(Bodies(0, 20), _channel.Drain("short"));
    }

    [Theory]
    [InlineData("classic")]
    [InlineData("quorum")]
    public void Dead_letters_are_read_and_arrive_whole_and_in_order(string type)
    {
        Declare("dead");
        (string, object?)[] letters = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"), ("x-queue-type", type)];
        Declare("q", [("x-message-ttl", 1000), .. letters, .. type == "quorum" ? [("x-dead-letter-strategy", "at-least-once"), ("x-overflow", "reject-publish")] : Array.Empty<(string, object?)>()]);
        PublishMany(100);
        _durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(2));

        Assert.Equal(100, _durable.Broker.Queue("dead").Ready);
        Assert.Equal(99, Engine.PagedOutMessages);
        Assert.Equal(Bodies(0, 100), _channel.Drain("dead"));
    }

    [Fact]
    public void Priorities_and_times_to_live_hold_without_the_octets()
    {
        Declare("q", ("x-max-priority", 2));
        for (var i = 0; i < 30; i++)
            _channel.Publish(Body(i), "q", properties: new BasicProperties { DeliveryMode = 2, Priority = (byte)(i % 3), Expiration = i % 5 == 0 ? "500" : default(ShortString?) });
        Crash();
        Assert.True(Engine.PagedOutMessages >= 27);
        _durable.Broker.Advance(TimeSpan.FromSeconds(1));

        var expected = Enumerable.Range(0, 30).Where(static i => i % 5 != 0).OrderByDescending(static i => i % 3).ThenBy(static i => i).Select(Body);
        Assert.Equal(expected, _channel.Drain("q"));
    }

    [Fact]
    public void F09_a_message_that_cannot_be_read_is_set_aside_told_and_kept_and_the_others_go_on()
    {
        Declare("q");
        PublishMany(10);
        var lost = _durable.Journal.Live.Where(static record => record.Value.Kind == RecordKind.Message).Select(static record => record.Key).ElementAt(4);
        _durable.Journal.Unreadable.Add(lost);
        _channel.Consume("q", noAck: true);

        foreach (var body in Bodies(0, 10).Where(static body => body != Body(4)))
            _channel.ExpectDelivery(body);
        _channel.ExpectNothing();
        Assert.Equal([("q", lost)], _durable.Broker.Lost);
        Assert.Equal((1L, 0), (Engine.UnreadableMessages, _durable.Broker.Queue("q").Ready));
        Assert.Contains(lost, _durable.Journal.Live.Keys);

        Crash(); // The disk gives it back: nobody had it.
        Assert.Equal([Body(4)], _channel.Drain("q"));
    }

    [Fact]
    public void F09_when_nothing_can_be_read_a_get_finds_the_queue_empty_and_dead_letters_stay_away()
    {
        Declare("dead");
        Declare("q", ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"), ("x-message-ttl", 1000));
        Declare("r");
        PublishMany(5);
        PublishMany(5, "r");
        foreach (var id in _durable.Journal.Live.Keys)
            _durable.Journal.Unreadable.Add(id);
        _durable.Broker.Advance(TimeSpan.FromSeconds(2));

        Assert.Single(_channel.Drain("dead")); // The one that was in memory, as in the other queue.
        Assert.Equal([Body(0)], _channel.Drain("r"));
        Assert.Null(_channel.Get("r"));
        Assert.Equal(8, _durable.Broker.Lost.Count);
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("r"));
    }

    [Fact]
    public void A_record_that_is_another_message_now_is_not_delivered()
    {
        Declare("q");
        PublishMany(3);
        var messages = _durable.Journal.Live.Where(static record => record.Value.Kind == RecordKind.Message).ToArray();
        _durable.Journal.Spoil(messages[1].Key, RecordKind.Message, [.. messages[2].Value.Octets, 0]);
        _durable.Journal.Spoil(messages[2].Key, RecordKind.Message, [99]);

        Assert.Equal([Body(0)], _channel.Drain("q"));
        Assert.Equal(2, _durable.Broker.Lost.Count);
    }

    [Fact]
    public void A_recovery_reads_no_more_than_there_is_room_for_and_everything_is_there()
    {
        Declare("q");
        Declare("dead");
        PublishMany(200);
        _channel.Get("q"); // Comes again, and is delivered first.
        Crash();

        Assert.True(Engine.PagedOutMessages >= 199);
        Assert.Equal(200, _durable.Broker.Queue("q").Ready);
        var seen = new List<string>();
        Engine.VisitMessages((in QueuedMessage message) => seen.Add(System.Text.Encoding.UTF8.GetString(message.Body)));
        Assert.Equal(Bodies(0, 200), seen.Order(StringComparer.Ordinal).ToArray());
        Assert.True(Engine.PagedOutMessages >= 199);
        Assert.True(_channel.Get("q", noAck: true)!.Value.Get.Redelivered);
        Assert.Equal(Bodies(1, 199), _channel.Drain("q"));
    }

    [Fact]
    public void What_was_delivered_before_a_crash_comes_first_again_when_there_is_no_room_for_it_and_what_came_back_then_before_it()
    {
        Declare("q");
        PublishMany(60);
        for (var i = 0; i < 20; i++)
            _channel.Get("q");
        Crash();
        Assert.True(Engine.PagedOutMessages >= 59);

        var tags = Enumerable.Range(0, 10).Select(_ => _channel.Get("q")!.Value.Get.DeliveryTag).ToArray();
        _channel.Send(new BasicNack(tags[4], Multiple: false, Requeue: true));
        Assert.Equal((Body(4), true), Take());
        for (var i = 10; i < 20; i++)
            Assert.Equal((Body(i), true), Take());
        _channel.Connection.Lose();
        _channel = _durable.OpenChannel();
        Assert.Equal(Bodies(0, 4).Concat(Bodies(5, 5)).Concat(Bodies(20, 40)), _channel.Drain("q"));

        (string, bool) Take()
        {
            var (get, content) = _channel.Get("q", noAck: true)!.Value;
            return (content.Body, get.Redelivered);
        }
    }

    [Fact]
    public void A_purge_after_a_crash_reads_nothing_and_leaves_no_record()
    {
        Declare("q");
        PublishMany(100);
        for (var i = 0; i < 20; i++)
            _channel.Get("q");
        Crash();
        var reads = _durable.Journal.Reads;

        Assert.Equal(100u, _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q")).MessageCount);

        Assert.Equal(reads, _durable.Journal.Reads);
        Assert.DoesNotContain(_durable.Journal.Live.Values, static record => record.Kind == RecordKind.Message);
        Assert.Equal((0, 0), (_durable.Broker.Queue("q").Ready, Engine.PagedOutMessages));
    }

    [Fact]
    public void What_waits_for_its_retry_is_read_at_the_start_and_what_cannot_be_read_then_is_set_aside()
    {
        using var durable = new DurableBroker(new EngineOptions { Profile = Profile.V43 }, bodyOctets: 0);
        var channel = durable.OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 5000)));
        PublishSome(channel, 0, 30);
        var tags = Enumerable.Range(0, 6).Select(_ => channel.Get("q")!.Value.Get.DeliveryTag).ToArray();
        foreach (var tag in tags)
            channel.Send(new BasicNack(tag, Multiple: false, Requeue: true));
        Assert.Equal((6, 24), (durable.Broker.Queue("q").Delayed, durable.Broker.Queue("q").Ready));
        Crash(durable, unreadable: 3);

        Assert.Equal((5, 24, 1L), (durable.Broker.Queue("q").Delayed, durable.Broker.Queue("q").Ready, durable.Broker.Engine.UnreadableMessages));
        durable.Broker.AdvanceWhenDue(TimeSpan.FromSeconds(6));
        Assert.Equal(Enumerable.Range(0, 30).Where(static i => i != 3).Select(Body), durable.OpenChannel().Drain("q"));
    }

    [Fact]
    public void Random_clients_see_the_same_however_little_memory_there_is()
    {
        var only = Environment.GetEnvironmentVariable("WARREN_SEED"); // Replays one.
        foreach (var seed in only is null ? Enumerable.Range(0, 12) : [int.Parse(only, System.Globalization.CultureInfo.InvariantCulture)])
        {
            var large = new PagingScript(seed, null).Run();
            var tiny = new PagingScript(seed, 1 + (seed * 97 % 6000)).Run();
            Assert.True(large.SequenceEqual(tiny), $"WARREN_SEED={seed}: {string.Join('\n', large.Zip(tiny).Where(static pair => pair.First != pair.Second).Take(3))}");
            Assert.NotEmpty(large);
        }
    }

    private static void PublishSome(TestChannel channel, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            channel.Publish(Body(i), "q", properties: Persistent);
    }

    // Acknowledges every 50 with one method, as many clients do.
    private static void Take(DurableBroker durable, int first, int count)
    {
        var channel = durable.OpenChannel();
        channel.Qos(200);
        channel.Consume("q");
        for (var i = first; i < first + count; i++)
        {
            var tag = channel.ExpectDelivery(Body(i));
            if ((i + 1) % 50 == 0)
                channel.Send(new BasicAck(tag, Multiple: true));
        }
        channel.Connection.Lose();
    }

    private static string Body(int i) => $"{i:0000}{new string('.', 20 + (i * 37 % 700))}";

    private static string[] Bodies(int first, int count) => [.. Enumerable.Range(first, count).Select(Body)];

    private void Declare(string queue, params (string, object?)[] arguments) => _channel.DeclareQueue(queue, durable: true, arguments: FieldTable.Create(arguments));

    private void PublishMany(int count, string queue = "q")
    {
        for (var i = 0; i < count; i++)
            _channel.Publish(Body(i), queue, properties: Persistent);
    }

    private void Crash()
    {
        Crash(_durable);
        _channel = _durable.OpenChannel();
    }

    private static void Crash(DurableBroker durable, int? unreadable = null)
    {
        durable.Persist();
        var journal = durable.Journal.Crash(durable.Broker.Persisted);
        if (unreadable is { } index)
            journal.Unreadable.Add(journal.Live.Where(static record => record.Value.Kind == RecordKind.Message).ElementAt(index).Key);
        durable.Restart(journal);
    }
}
