using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;
using Warren.Store;
using Warren.Tests.Store;

namespace Warren.Tests.Broker.Durability;

/// <summary>What the host promises where there is a data folder, and when: over a disk that does what the test says.</summary>
public sealed class DurabilityTests
{
    private readonly DurableBench _bench = new();

    [Fact]
    public void A_confirm_is_not_sent_before_the_journal_says_persisted()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        DurableBench.Confirm(peer);

        DurableBench.Publish(peer, "jobs");
        _bench.Broker.Turn.EndBatch();
        _bench.Broker.Pass(60); // However long the disk hangs.
        Assert.True(peer.IsAtEnd);

        _bench.Broker.RunDisk();
        Assert.Equal(new BasicAck(1, false), peer.Read<BasicAck>());
    }

    [Fact]
    public void A_durable_declaration_is_not_answered_before_it_is_on_disk()
    {
        var peer = _bench.OpenChannel();

        peer.WriteMethod(1, new QueueDeclare("jobs", Durable: true));
        _bench.Broker.Pass(60);
        Assert.True(peer.IsAtEnd);

        _bench.Broker.RunDisk();
        Assert.Equal("jobs", peer.Read<QueueDeclareOk>().Queue.ToString());
    }

    [Fact]
    public void A_transient_message_does_not_wait_for_the_disk()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        DurableBench.Confirm(peer);

        DurableBench.Publish(peer, "jobs", mode: 1);

        Assert.Equal(new BasicAck(1, false), peer.Read<BasicAck>());
    }

    [Fact]
    public void A_sync_that_fails_ends_every_connection_without_a_confirm()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        DurableBench.Confirm(peer);
        DurableBench.Publish(peer, "jobs");
        _bench.Disk.Faults.FailingSyncs = 1;

        _bench.Broker.RunDisk();

        Assert.True(peer.IsAtEnd);
        Assert.True(peer.IsAborted);
        Assert.IsType<JournalException>(_bench.Broker.Turn.Durability!.Failed.Exception!.InnerException);
        Assert.Contains(_bench.Broker.Log.Critical, static entry => entry.Line.Contains("Nothing more is confirmed", StringComparison.Ordinal));
        Assert.False(_bench.Broker.Turn.Join(new RawPeer(_bench.Broker.Turn, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1))));
    }

    [Fact]
    public void A_killed_broker_has_its_queues_and_what_it_confirmed_and_says_what_was_delivered_before()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        peer.WriteMethod(1, new QueueBind("jobs", "amq.topic", "a.*"));
        _bench.Broker.RunDisk();
        peer.Read<QueueBindOk>();
        DurableBench.Confirm(peer);
        DurableBench.Publish(peer, "jobs", octets: 3);
        _bench.Broker.RunDisk();
        peer.Read<BasicAck>();
        peer.WriteMethod(1, new BasicConsume("jobs", "t"));
        peer.Read<BasicConsumeOk>();
        _bench.Broker.RunDisk(); // A delivery waits for its mark.
        peer.Read<BasicDeliver>();

        _bench.KillAndStart();
        peer = _bench.OpenChannel();
        peer.WriteMethod(1, new BasicGet("jobs"));
        _bench.Broker.RunDisk();

        var got = peer.Read<BasicGetOk>();
        Assert.True(got.Redelivered);
        Assert.Equal(0u, got.MessageCount);
        Assert.Single(_bench.Broker.Turn.VirtualHosts.Require("/").ExportTopology().Bindings, static binding => binding.RoutingKey.ToString() == "a.*");
        Assert.Contains(_bench.Broker.Log.Lines, static line => line.Contains("1 messages in 1 durable queues", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_not_persisted_was_not_confirmed_and_may_be_gone()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        DurableBench.Publish(peer, "jobs");

        _bench.KillAndStart();

        Assert.Equal(0, _bench.Broker.Turn.VirtualHosts.Require("/").Snapshot().Queues.Single().Ready);
    }

    [Fact]
    public void Who_publishes_faster_than_the_disk_writes_is_not_read_from_and_others_are()
    {
        var bench = new DurableBench(new JournalOptions { SegmentOctets = 64 << 10, BufferOctets = 10_000, NewSalt = static () => 7 });
        var publisher = bench.OpenChannel();
        var other = bench.OpenChannel();
        bench.Declare(publisher, "jobs");
        DurableBench.Publish(publisher, "jobs", octets: 12_000);
        Assert.False(publisher.IsPaused); // It is seen at the end of the batch.

        DurableBench.Publish(publisher, "jobs");
        DurableBench.Publish(publisher, "jobs");
        Assert.True(publisher.IsPaused);
        other.WriteMethod(1, new QueueDeclare("other"));
        other.Read<QueueDeclareOk>();
        Assert.False(other.IsPaused);

        bench.Broker.RunDisk();
        Assert.False(publisher.IsPaused);
        bench.Broker.RunDisk();
        Assert.Equal(3, bench.Broker.Turn.VirtualHosts.Require("/").Snapshot().Queues.Single(static queue => queue.Name.ToString() == "jobs").Ready);
    }

    [Fact]
    public void A_full_disk_raises_the_alarm_and_room_ends_it_and_nothing_confirmed_is_lost()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        DurableBench.Confirm(peer);
        _bench.Disk.Faults.SpaceOctets = _bench.Disk.UsedOctets;
        var confirmed = 0UL;
        for (var i = 0; i < 1000 && _bench.Broker.Turn.Operations.Alarms == Alarms.None; i++)
        {
            DurableBench.Publish(peer, "jobs", octets: 1000);
            _bench.Broker.RunDisk();
            if (_bench.Broker.Turn.Operations.Alarms == Alarms.None)
                confirmed = peer.Read<BasicAck>().DeliveryTag;
        }
        Assert.Equal(Alarms.Disk, _bench.Broker.Turn.Operations.Alarms);
        Assert.InRange(confirmed, 1UL, 1000UL);

        _bench.Disk.Faults.SpaceOctets = long.MaxValue;
        _bench.Broker.RunDisk();
        _bench.Broker.RunDisk();
        Assert.Equal(Alarms.None, _bench.Broker.Turn.Operations.Alarms);

        _bench.KillAndStart();
        Assert.InRange((ulong)_bench.Broker.Turn.VirtualHosts.Require("/").Snapshot().Queues.Single().Ready, confirmed, confirmed + 1);
    }

    [Fact]
    public void Virtual_hosts_share_the_journal_and_each_gets_its_own_back()
    {
        _bench.CreateVirtualHost("shop");
        var peer = _bench.OpenChannel();
        var inShop = _bench.Broker.OpenChannel("shop");
        _bench.Declare(peer, "jobs");
        _bench.Declare(inShop, "jobs");
        DurableBench.Publish(inShop, "jobs", octets: 3);
        DurableBench.Publish(peer, "jobs", octets: 1);
        DurableBench.Publish(inShop, "jobs", octets: 3);
        _bench.Broker.RunDisk();

        _bench.KillAndStart();

        Assert.Equal([1], _bench.BodyLengths("/"));
        Assert.Equal([3, 3], _bench.BodyLengths("shop"));
    }

    [Fact]
    public void A_deleted_virtual_host_takes_its_records_along_also_of_messages_that_clients_hold()
    {
        _bench.CreateVirtualHost("shop");
        var peer = _bench.Broker.OpenChannel("shop");
        _bench.Declare(peer, "jobs");
        _bench.Declare(peer, "other");
        DurableBench.Publish(peer, "jobs");
        DurableBench.Publish(peer, "other");
        peer.WriteMethod(1, new BasicConsume("jobs", "t"));
        _bench.Broker.RunDisk();
        peer.Read<BasicConsumeOk>();
        peer.Read<BasicDeliver>();

        _bench.DeleteVirtualHost("shop");
        peer.WriteMethod(0, new ConnectionCloseOk());
        _bench.Broker.RunDisk();
        Assert.Equal(1, _bench.Broker.Journal!.LiveRecords); // What is defined.

        _bench.KillAndStart();
        Assert.Equal(["/"], _bench.Broker.Turn.VirtualHosts.Names);
        Assert.Equal(1, _bench.Broker.Journal!.LiveRecords);
    }

    [Fact]
    public void A_damaged_definitions_record_costs_what_is_defined_and_no_message()
    {
        var bench = new DurableBench(new JournalOptions { SegmentOctets = 64 << 10, BatchOctets = 1, NewSalt = static () => 7 });
        bench.Broker.RunDisk(); // The first step: what is defined.
        var peer = bench.OpenChannel();
        bench.Declare(peer, "jobs");
        DurableBench.Publish(peer, "jobs");
        bench.CreateVirtualHost("shop");
        var inShop = bench.Broker.OpenChannel("shop");
        bench.Declare(inShop, "jobs");
        DurableBench.Publish(inShop, "jobs");
        DurableBench.Publish(inShop, "jobs");
        bench.Broker.RunDisk();
        bench.Broker.Journal!.Dispose();
        var segment = bench.Disk.List().Single(static name => name.EndsWith(".wj", StringComparison.Ordinal));
        for (int at; (at = bench.Disk.Octets(segment).AsSpan().IndexOf("loopback_users"u8)) >= 0;) // Earlier ones too, or the last of them would hold again.
            bench.Disk.FlipBit(segment, at, 0);

        bench.KillAndStart();

        Assert.Contains(bench.Broker.Log.Lines, static line => line.Contains("Damage in the data folder", StringComparison.Ordinal));
        Assert.Equal(10, Assert.Single(bench.BodyLengths("/")));
        Assert.Equal([10, 10], bench.BodyLengths("recovered-2"));
        Assert.Contains(bench.Broker.Log.Lines, static line => line.Contains("what is defined is missing", StringComparison.Ordinal));
        bench.Broker.RunDisk();
        bench.StopAndStart();
        bench.OpenChannel(); // Guest is there again, as at the first start, and is kept.
        Assert.Single(bench.BodyLengths("/"));
        Assert.Equal([10, 10], bench.BodyLengths("recovered-2"));
    }

    [Fact]
    public void Definitions_that_were_written_elsewhere_after_damage_have_their_place_again()
    {
        var sizes = new JournalOptions { SegmentOctets = 64 << 10, BatchOctets = 1, NewSalt = static () => 7 };
        var bench = new DurableBench(sizes);
        bench.Broker.RunDisk();
        bench.Declare(bench.OpenChannel(), "jobs");
        bench.CreateVirtualHost("shop");
        bench.Broker.RunDisk();
        bench.Broker.Journal!.Dispose();
        var record = new RecordBuffer();
        using (var journal = Journal.Open(bench.Disk, sizes, new Owner()))
            Assert.True(journal.TryRead(1, record));
        var segment = bench.Disk.List().First(static name => name.EndsWith(".wj", StringComparison.Ordinal));
        for (int at; (at = bench.Disk.Octets(segment).AsSpan().IndexOf("loopback_users"u8)) >= 0;)
            bench.Disk.FlipBit(segment, at, 0);
        using (var journal = Journal.Open(bench.Disk, sizes, new Owner()))
        {
            journal.Add(BrokerJournal.DefinitionsKind, default, record.Body.Span);
            journal.Seal();
        }

        bench.KillAndStart();
        bench.Broker.RunDisk();
        Assert.Equal(["/", "shop"], bench.Broker.Turn.VirtualHosts.Names);
        bench.Broker.Journal!.Dispose();

        using var healed = Journal.Open(bench.Disk, sizes, new Owner());
        var ids = new List<ulong>();
        healed.ReadAll((id, kind, _, _) =>
        {
            if (kind == BrokerJournal.DefinitionsKind)
                ids.Add(id);
        });
        Assert.Equal([1UL], ids);
    }

    [Fact]
    public void I5_a_dead_letter_is_not_shown_before_the_removal_of_its_source_is_on_disk_whoever_shares_the_journal()
    {
        _bench.CreateVirtualHost("shop");
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "letters");
        peer.WriteMethod(1, new QueueDeclare("jobs", Durable: true, Arguments: FieldTable.Create(
            ("x-queue-type", "quorum"), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "letters"), ("x-dead-letter-strategy", "at-least-once"), ("x-overflow", "reject-publish"))));
        _bench.Broker.RunDisk();
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new BasicConsume("letters", "t", NoAck: true));
        peer.Read<BasicConsumeOk>();
        var getter = _bench.OpenChannel();
        DurableBench.Publish(getter, "jobs");
        _bench.Broker.RunDisk();
        getter.WriteMethod(1, new BasicGet("jobs"));
        _bench.Broker.RunDisk();
        var got = getter.Read<BasicGetOk>();
        var other = _bench.Broker.OpenChannel("shop");
        for (var i = 0; i < 10; i++)
            other.WriteMethod(1, new QueueDeclare($"other {i}", Durable: true, NoWait: true));
        getter.WriteMethod(1, new QueueDeclare("z", Durable: true, NoWait: true));
        other.WriteMethod(1, new QueueDeclare("last", Durable: true, NoWait: true)); // The disk is further than this virtual host.
        _bench.Broker.RunDisk();

        getter.WriteMethod(1, new BasicReject(got.DeliveryTag, Requeue: false));
        Assert.True(peer.IsAtEnd);

        _bench.Broker.RunDisk();
        peer.Read<BasicDeliver>();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void I7_a_channel_that_ended_while_its_answers_wait_costs_nobody_a_confirm(bool isClosedByClient, bool isLost)
    {
        var bench = new DurableBench(new JournalOptions { SegmentOctets = 16 << 20, NewSalt = static () => 7 });
        var peer = bench.OpenChannel();
        bench.Declare(peer, "big");
        for (var i = 0; i < 12; i++)
            DurableBench.Publish(peer, "big", 100_000, mode: 1);
        var other = bench.OpenChannel();
        bench.Declare(other, "jobs");
        DurableBench.Confirm(other);

        peer.WriteMethod(1, new QueueDeclare("new", Durable: true)); // Waits, and with it more than a client may leave waiting.
        for (var i = 0; i < 11; i++)
            peer.WriteMethod(1, new BasicGet("big", NoAck: true));
        if (isClosedByClient)
            peer.WriteMethod(1, new ChannelClose(200, "", 0, 0));
        else
            peer.WriteMethod(1, new QueueDeclare("missing", Passive: true));
        DurableBench.Publish(other, "jobs");
        if (isLost)
            bench.Broker.Turn.Do(() => bench.Broker.Turn.Departures.Leave(peer));
        bench.Broker.RunDisk();

        Assert.Equal(new BasicAck(1, false), other.Read<BasicAck>());
        Assert.True(isLost || !peer.IsPaused);
    }
}
