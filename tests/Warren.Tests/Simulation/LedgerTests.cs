using Warren.Amqp;
using Warren.Simulation;

namespace Warren.Tests.Simulation;

/// <summary>Each check of the simulator fails when what it looks at is wrong: histories made by hand.</summary>
public sealed class LedgerTests
{
    private readonly SimMachine _machine;
    private readonly Ledger _ledger;
    private readonly SimChannel _channel;
    private readonly QueueModel _queue;

    public LedgerTests()
    {
        var trace = new Trace(isTold: false);
        _machine = new SimMachine(new ChoiceTape([]), trace, Canary.None, Features.None);
        _ledger = new Ledger(_machine, trace);
        _machine.Start(cuts: false);
        var client = new SimClient(_machine, _ledger, trace, Canary.None, 0);
        _machine.Clients.Add(client);
        client.Open();
        _channel = client.OpenChannel();
        _machine.EndBatch();
        _queue = new QueueModel("q", _machine.Current) { IsDurable = true };
        _ledger.Topology.Queues.Add(_queue);
    }

    [Fact]
    public void I1_A_message_that_is_missing_after_recovery()
    {
        Declare();
        Publish(); // The engine never hears of it.
        _ledger.EndBatch();
        Expect("I1", () => _ledger.Compare(_machine.Engine));
    }

    [Fact]
    public void I2_A_message_that_nobody_published() => Expect("I2", () => Deliver(new SimMessage(7, 0), 0));

    [Fact]
    public void I2_A_body_that_is_another()
    {
        var message = Publish();
        Expect("I2", () => _ledger.Deliver(_channel, _queue, View(message), new byte[message.BodyOctets], isRedelivered: false, Asked.Now(_machine)));
    }

    [Fact]
    public void I2_Properties_that_are_others()
    {
        var message = Publish();
        message.Sent = new byte[2];
        Expect("I2", () => Deliver(message));
    }

    [Fact]
    public void I3_A_message_that_overtakes_another()
    {
        Publish();
        var second = Publish();
        _ledger.EndBatch();
        Deliver(second);
        Expect("I3", _ledger.EndBatch);
    }

    [Fact]
    public void I4_A_message_that_comes_after_it_was_acknowledged()
    {
        var message = Publish();
        _ledger.Remove(Deliver(message), "acknowledged");
        Expect("I4", () => Deliver(message, isRedelivered: true));
    }

    [Fact]
    public void I5_A_second_delivery_that_says_it_is_the_first()
    {
        var message = Publish();
        _ledger.Return(Deliver(message), isFailure: true);
        Expect("I5", () => Deliver(message));
    }

    [Fact]
    public void I6_A_count_that_falls()
    {
        var quorum = new QueueModel("quorum", _machine.Current) { IsDurable = true, IsQuorum = true };
        _ledger.Topology.Queues.Add(quorum);
        var message = Publish(quorum);
        var entry = quorum.Find(message)!;
        entry.LastCount = 2;
        Expect("I6", () => _ledger.Deliver(_channel, quorum, View(message), Body(message), isRedelivered: true, Asked.Now(_machine)));
    }

    [Fact]
    public void I7_A_confirm_of_what_was_refused()
    {
        var message = Publish();
        message.MustBeRefused = true;
        Expect("I7", () => _ledger.Confirm(message, isAck: true));
    }

    [Fact]
    public void I7_A_refusal_without_a_reason() => Expect("I7", () => _ledger.Confirm(Publish(), isAck: false));

    [Fact]
    public void I8_A_queue_that_is_missing() => Expect("I8", () => _ledger.Compare(_machine.Engine));

    [Fact]
    public void I8_A_queue_that_was_deleted_and_is_back()
    {
        Declare();
        _ledger.Topology.Delete(_queue, _machine.Current);
        Expect("I8", () => _ledger.Compare(_machine.Engine));
    }

    [Fact]
    public void I9_Records_that_are_those_of_no_batch()
    {
        var oracle = new JournalOracle(keepsAll: false);
        oracle.Add(1, 5, [1], [2]);
        oracle.Add(2, 5, [3], [4]);
        oracle.End(2, 0);
        Expect("I9", () => oracle.Recover(new Dictionary<ulong, ulong> { [1] = JournalOracle.HashOf(1, 5, [1], [2]) }));
    }

    [Fact]
    public void I9_A_batch_that_was_persisted_and_is_gone()
    {
        var oracle = new JournalOracle(keepsAll: false);
        oracle.Add(1, 5, [1], [2]);
        oracle.End(1, 0);
        oracle.Persisted(1);
        Expect("I9", () => oracle.Recover([]));
    }

    [Fact]
    public void I14_A_loss_that_nobody_reports_and_a_record_that_nobody_wrote()
    {
        var oracle = new JournalOracle(keepsAll: true);
        oracle.Add(1, 5, [1], [2]);
        oracle.Add(2, 5, [3], [4]);
        oracle.End(2, 0);
        Expect("I14", () => oracle.RecoverDamaged(new Dictionary<ulong, ulong> { [2] = JournalOracle.HashOf(2, 5, [3], [4]) }, isReported: false));
        Expect("I2", () => oracle.RecoverDamaged(new Dictionary<ulong, ulong> { [2] = 17 }, isReported: true));
    }

    [Fact]
    public void I10_A_message_that_two_channels_hold()
    {
        var message = Publish();
        Deliver(message).Holder = _channel;
        Expect("I10", () => Deliver(message, isRedelivered: true));
    }

    [Fact]
    public void I15_A_message_in_a_queue_where_it_was_not_routed()
    {
        var message = Publish();
        var other = new QueueModel("other", _machine.Current);
        Expect("I15", () => _ledger.Deliver(_channel, other, View(message), Body(message), isRedelivered: false, Asked.Now(_machine)));
    }

    [Theory]
    [InlineData("#", "", true)]
    [InlineData("#", "a.b", true)]
    [InlineData("*", "", false)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.#", "a", true)]
    [InlineData("#.c", "a.b.c", true)]
    [InlineData("a.#.c", "a.c", true)]
    [InlineData("a.*.c", "a.c", false)]
    public void I15_The_naive_model_matches_topics(string pattern, string key, bool matches) => Assert.Equal(matches, NaiveTopic.Matches(pattern, key));

    [Fact]
    public void I16_A_confirm_before_the_disk_has_it()
    {
        var message = Publish();
        message.Published!.Position = 5; // The disk is at 0.
        _ledger.Confirm(message, isAck: true);
        Expect("I16", _ledger.EndBatch);
    }

    [Fact]
    public void I16_A_commit_before_the_disk_has_it()
    {
        var message = Publish();
        Expect("I16", () => _ledger.CheckCommitted(message.Published!));
    }

    [Fact]
    public void I17_A_message_that_comes_long_after_it_expired()
    {
        var message = Publish();
        _queue.Find(message)!.ExpiresAtTicks = _machine.NowTicks - TimeSpan.TicksPerMinute;
        Expect("I17", () => Deliver(message));
    }

    [Fact]
    public void I17_A_letter_of_a_message_that_had_no_reason_to_die()
    {
        var source = new QueueModel("source", _machine.Current) { IsDurable = true, DeadLettersTo = "q" };
        _ledger.Topology.Queues.Add(source);
        var message = Publish(source);
        Expect("I17", () => Deliver(message));
    }

    private void Declare()
    {
        _channel.Send(new QueueDeclare("q", Durable: true));
        _machine.EndBatch();
    }

    private SimMessage Publish(QueueModel? queue = null)
    {
        var message = new SimMessage(_ledger.Messages.Count + 1, 20) { Key = (queue ?? _queue).Name, IsPersistent = true };
        message.Sent = View(message).Octets;
        _ledger.Add(message);
        _ledger.Publish(message);
        return message;
    }

    private Entry Deliver(SimMessage message, bool isRedelivered = false) =>
        _ledger.Deliver(_channel, _queue, View(message), Body(message), isRedelivered, Asked.Now(_machine));

    private Entry Deliver(SimMessage message, int octets) =>
        _ledger.Deliver(_channel, _queue, View(message), new byte[octets], isRedelivered: false, Asked.Now(_machine));

    private static byte[] Body(SimMessage message)
    {
        var body = new byte[message.BodyOctets];
        message.Fill(body);
        return body;
    }

    private static PropertiesView View(SimMessage message)
    {
        var properties = message.Properties();
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return PropertiesView.Read(octets);
    }

    private static void Expect(string invariant, Action act) => Assert.Equal(invariant, Assert.Throws<ViolationException>(act).Invariant);
}
