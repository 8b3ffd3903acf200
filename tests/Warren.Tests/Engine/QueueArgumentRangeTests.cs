using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>
/// B90, rows 76 to 91 and 97: every argument of queue.declare with values below, at and above its range, and of other types. What is expected was read off
/// RabbitMQ 3.10.8; no release is known to answer otherwise, except where <see cref="QueueArgumentProfileTests"/> says so.
/// </summary>
public sealed class QueueArgumentRangeTests : IDisposable
{
    // Null is for a value that is taken.
    private static readonly (string Type, string Name, object? Value, string? Fault)[] Rows =
    [
        ("classic", "x-message-ttl", -1, "{value_negative,-1}"),
        ("classic", "x-message-ttl", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-message-ttl", 0, null),
        ("classic", "x-message-ttl", 1, null),
        ("classic", "x-message-ttl", 315360000000L, null),
        ("classic", "x-message-ttl", 315360000001L, "{value_too_large,315360000001}"),
        ("classic", "x-message-ttl", long.MaxValue, "{value_too_large,9223372036854775807}"),
        ("classic", "x-message-ttl", "a", "\"expected integer, got longstr\""),
        ("classic", "x-message-ttl", "", "\"expected integer, got longstr\""),
        ("classic", "x-message-ttl", 1.5, "\"expected integer, got double\""),
        ("classic", "x-message-ttl", true, "\"expected integer, got bool\""),
        ("classic", "x-message-ttl", null, "\"expected integer, got void\""),
        ("classic", "x-expires", -1, "{value_negative,-1}"),
        ("classic", "x-expires", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-expires", 0, "{value_zero,0}"),
        ("classic", "x-expires", 1, null),
        ("classic", "x-expires", 315360000000L, null),
        ("classic", "x-expires", 315360000001L, "{value_too_large,315360000001}"),
        ("classic", "x-expires", long.MaxValue, "{value_too_large,9223372036854775807}"),
        ("classic", "x-expires", "a", "\"expected integer, got longstr\""),
        ("classic", "x-expires", "", "\"expected integer, got longstr\""),
        ("classic", "x-expires", 1.5, "\"expected integer, got double\""),
        ("classic", "x-expires", true, "\"expected integer, got bool\""),
        ("classic", "x-expires", null, "\"expected integer, got void\""),
        ("classic", "x-max-length", -1, "{value_negative,-1}"),
        ("classic", "x-max-length", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-max-length", 0, null),
        ("classic", "x-max-length", 1, null),
        ("classic", "x-max-length", 4294967296L, null),
        ("classic", "x-max-length", long.MaxValue, null),
        ("classic", "x-max-length", "a", "\"expected integer, got longstr\""),
        ("classic", "x-max-length", "", "\"expected integer, got longstr\""),
        ("classic", "x-max-length", 1.5, "\"expected integer, got double\""),
        ("classic", "x-max-length", true, "\"expected integer, got bool\""),
        ("classic", "x-max-length", null, "\"expected integer, got void\""),
        ("classic", "x-max-length-bytes", -1, "{value_negative,-1}"),
        ("classic", "x-max-length-bytes", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-max-length-bytes", 0, null),
        ("classic", "x-max-length-bytes", 1, null),
        ("classic", "x-max-length-bytes", 4294967296L, null),
        ("classic", "x-max-length-bytes", long.MaxValue, null),
        ("classic", "x-max-length-bytes", "a", "\"expected integer, got longstr\""),
        ("classic", "x-max-length-bytes", "", "\"expected integer, got longstr\""),
        ("classic", "x-max-length-bytes", 1.5, "\"expected integer, got double\""),
        ("classic", "x-max-length-bytes", true, "\"expected integer, got bool\""),
        ("classic", "x-max-length-bytes", null, "\"expected integer, got void\""),
        ("classic", "x-max-priority", -1, "{value_negative,-1}"),
        ("classic", "x-max-priority", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-max-priority", 0, null),
        ("classic", "x-max-priority", 1, null),
        ("classic", "x-max-priority", 255, null),
        ("classic", "x-max-priority", 256, "{max_value_exceeded,256}"),
        ("classic", "x-max-priority", long.MaxValue, "{max_value_exceeded,9223372036854775807}"),
        ("classic", "x-max-priority", "a", "\"expected integer, got longstr\""),
        ("classic", "x-max-priority", "", "\"expected integer, got longstr\""),
        ("classic", "x-max-priority", 1.5, "\"expected integer, got double\""),
        ("classic", "x-max-priority", true, "\"expected integer, got bool\""),
        ("classic", "x-max-priority", null, "\"expected integer, got void\""),
        ("classic", "x-queue-version", -1, "{value_negative,-1}"),
        ("classic", "x-queue-version", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("classic", "x-queue-version", 0, "\"unsupported queue version '0'\""),
        ("classic", "x-queue-version", 1, null),
        ("classic", "x-queue-version", 2, null),
        ("classic", "x-queue-version", 256, "\"unsupported queue version '256'\""),
        ("classic", "x-queue-version", long.MaxValue, "\"unsupported queue version '9223372036854775807'\""),
        ("classic", "x-queue-version", "a", "\"expected integer, got longstr\""),
        ("classic", "x-queue-version", "", "\"expected integer, got longstr\""),
        ("classic", "x-queue-version", 1.5, "\"expected integer, got double\""),
        ("classic", "x-queue-version", true, "\"expected integer, got bool\""),
        ("classic", "x-queue-version", null, "\"expected integer, got void\""),
        ("quorum", "x-message-ttl", -1, "{value_negative,-1}"),
        ("quorum", "x-message-ttl", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-message-ttl", 0, null),
        ("quorum", "x-message-ttl", 1, null),
        ("quorum", "x-message-ttl", 315360000000L, null),
        ("quorum", "x-message-ttl", 315360000001L, "{value_too_large,315360000001}"),
        ("quorum", "x-message-ttl", long.MaxValue, "{value_too_large,9223372036854775807}"),
        ("quorum", "x-message-ttl", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-message-ttl", "", "\"expected integer, got longstr\""),
        ("quorum", "x-message-ttl", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-message-ttl", true, "\"expected integer, got bool\""),
        ("quorum", "x-message-ttl", null, "\"expected integer, got void\""),
        ("quorum", "x-expires", -1, "{value_negative,-1}"),
        ("quorum", "x-expires", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-expires", 0, "{value_zero,0}"),
        ("quorum", "x-expires", 1, null),
        ("quorum", "x-expires", 315360000000L, null),
        ("quorum", "x-expires", 315360000001L, "{value_too_large,315360000001}"),
        ("quorum", "x-expires", long.MaxValue, "{value_too_large,9223372036854775807}"),
        ("quorum", "x-expires", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-expires", "", "\"expected integer, got longstr\""),
        ("quorum", "x-expires", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-expires", true, "\"expected integer, got bool\""),
        ("quorum", "x-expires", null, "\"expected integer, got void\""),
        ("quorum", "x-max-length", -1, "{value_negative,-1}"),
        ("quorum", "x-max-length", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-max-length", 0, null),
        ("quorum", "x-max-length", 1, null),
        ("quorum", "x-max-length", 4294967296L, null),
        ("quorum", "x-max-length", long.MaxValue, null),
        ("quorum", "x-max-length", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-max-length", "", "\"expected integer, got longstr\""),
        ("quorum", "x-max-length", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-max-length", true, "\"expected integer, got bool\""),
        ("quorum", "x-max-length", null, "\"expected integer, got void\""),
        ("quorum", "x-quorum-initial-group-size", -1, "{value_negative,-1}"),
        ("quorum", "x-quorum-initial-group-size", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-quorum-initial-group-size", 0, "{value_zero,0}"),
        ("quorum", "x-quorum-initial-group-size", 1, null),
        ("quorum", "x-quorum-initial-group-size", 4294967296L, null),
        ("quorum", "x-quorum-initial-group-size", long.MaxValue, null),
        ("quorum", "x-quorum-initial-group-size", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-quorum-initial-group-size", "", "\"expected integer, got longstr\""),
        ("quorum", "x-quorum-initial-group-size", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-quorum-initial-group-size", true, "\"expected integer, got bool\""),
        ("quorum", "x-quorum-initial-group-size", null, "\"expected integer, got void\""),
        ("quorum", "x-max-in-memory-length", -1, "{value_negative,-1}"),
        ("quorum", "x-max-in-memory-length", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-max-in-memory-length", 0, null),
        ("quorum", "x-max-in-memory-length", 1, null),
        ("quorum", "x-max-in-memory-length", 4294967296L, null),
        ("quorum", "x-max-in-memory-length", long.MaxValue, null),
        ("quorum", "x-max-in-memory-length", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-max-in-memory-length", "", "\"expected integer, got longstr\""),
        ("quorum", "x-max-in-memory-length", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-max-in-memory-length", true, "\"expected integer, got bool\""),
        ("quorum", "x-max-in-memory-length", null, "\"expected integer, got void\""),
        ("quorum", "x-max-in-memory-bytes", -1, "{value_negative,-1}"),
        ("quorum", "x-max-in-memory-bytes", long.MinValue, "{value_negative,-9223372036854775808}"),
        ("quorum", "x-max-in-memory-bytes", 0, null),
        ("quorum", "x-max-in-memory-bytes", 1, null),
        ("quorum", "x-max-in-memory-bytes", 4294967296L, null),
        ("quorum", "x-max-in-memory-bytes", long.MaxValue, null),
        ("quorum", "x-max-in-memory-bytes", "a", "\"expected integer, got longstr\""),
        ("quorum", "x-max-in-memory-bytes", "", "\"expected integer, got longstr\""),
        ("quorum", "x-max-in-memory-bytes", 1.5, "\"expected integer, got double\""),
        ("quorum", "x-max-in-memory-bytes", true, "\"expected integer, got bool\""),
        ("quorum", "x-max-in-memory-bytes", null, "\"expected integer, got void\""),
        ("classic", "x-queue-mode", "default", null),
        ("classic", "x-queue-mode", "lazy", null),
        ("classic", "x-queue-mode", "zzz", "\"unsupported queue mode 'zzz'\""),
        ("classic", "x-queue-mode", "", "\"unsupported queue mode ''\""),
        ("classic", "x-queue-mode", -1, "{unacceptable_type,signedint}"),
        ("classic", "x-queue-mode", long.MaxValue, "{unacceptable_type,long}"),
        ("classic", "x-queue-mode", 1.5, "{unacceptable_type,double}"),
        ("classic", "x-queue-mode", true, "{unacceptable_type,bool}"),
        ("classic", "x-queue-mode", null, "{unacceptable_type,void}"),
        ("classic", "x-overflow", "drop-head", null),
        ("classic", "x-overflow", "reject-publish", null),
        ("classic", "x-overflow", "reject-publish-dlx", null),
        ("classic", "x-overflow", "zzz", "invalid_overflow"),
        ("classic", "x-overflow", "", "invalid_overflow"),
        ("classic", "x-overflow", -1, "{unacceptable_type,signedint}"),
        ("classic", "x-overflow", long.MaxValue, "{unacceptable_type,long}"),
        ("classic", "x-overflow", 1.5, "{unacceptable_type,double}"),
        ("classic", "x-overflow", true, "{unacceptable_type,bool}"),
        ("classic", "x-overflow", null, "{unacceptable_type,void}"),
        ("quorum", "x-overflow", "drop-head", null),
        ("quorum", "x-overflow", "reject-publish", null),
        ("quorum", "x-overflow", "reject-publish-dlx", null),
        ("quorum", "x-overflow", "zzz", "invalid_overflow"),
        ("quorum", "x-overflow", "", "invalid_overflow"),
        ("quorum", "x-overflow", -1, "{unacceptable_type,signedint}"),
        ("quorum", "x-overflow", long.MaxValue, "{unacceptable_type,long}"),
        ("quorum", "x-overflow", 1.5, "{unacceptable_type,double}"),
        ("quorum", "x-overflow", true, "{unacceptable_type,bool}"),
        ("quorum", "x-overflow", null, "{unacceptable_type,void}"),
        ("quorum", "x-dead-letter-strategy", "at-most-once", null),
        ("quorum", "x-dead-letter-strategy", "at-least-once", null),
        ("quorum", "x-dead-letter-strategy", "zzz", "invalid_dlx_strategy"),
        ("quorum", "x-dead-letter-strategy", "", "invalid_dlx_strategy"),
        ("quorum", "x-dead-letter-strategy", -1, "{unacceptable_type,signedint}"),
        ("quorum", "x-dead-letter-strategy", long.MaxValue, "{unacceptable_type,long}"),
        ("quorum", "x-dead-letter-strategy", 1.5, "{unacceptable_type,double}"),
        ("quorum", "x-dead-letter-strategy", true, "{unacceptable_type,bool}"),
        ("quorum", "x-dead-letter-strategy", null, "{unacceptable_type,void}"),
        ("quorum", "x-queue-leader-locator", "client-local", null),
        ("quorum", "x-queue-leader-locator", "random", null),
        ("quorum", "x-queue-leader-locator", "least-leaders", null),
        ("quorum", "x-queue-leader-locator", "balanced", null),
        ("quorum", "x-queue-leader-locator", "zzz", "invalid_queue_locator_arg"),
        ("quorum", "x-queue-leader-locator", "", "invalid_queue_locator_arg"),
        ("quorum", "x-queue-leader-locator", -1, "{unacceptable_type,signedint}"),
        ("quorum", "x-queue-leader-locator", long.MaxValue, "{unacceptable_type,long}"),
        ("quorum", "x-queue-leader-locator", 1.5, "{unacceptable_type,double}"),
        ("quorum", "x-queue-leader-locator", true, "{unacceptable_type,bool}"),
        ("quorum", "x-queue-leader-locator", null, "{unacceptable_type,void}"),
        ("classic", "x-single-active-consumer", -1, "{unacceptable_type,signedint}"),
        ("classic", "x-single-active-consumer", "yes", "{unacceptable_type,longstr}"),
        ("classic", "x-single-active-consumer", 1.5, "{unacceptable_type,double}"),
        ("classic", "x-single-active-consumer", null, "{unacceptable_type,void}"),
        ("classic", "x-single-active-consumer", true, null),
        ("classic", "x-single-active-consumer", false, null),
    ];

    private readonly EngineHarness _broker = new();
    private readonly EngineHarness _oldBroker = new(new EngineOptions { Profile = Profile.V310 });

    public static TheoryData<int, string> Numbers { get; } = new(Rows.Select(static (row, i) => (i, $"{row.Type} {row.Name} {row.Value ?? "void"}")));

    public void Dispose()
    {
        _broker.Dispose();
        _oldBroker.Dispose();
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void B90_Row_97_values_are_taken_or_refused_with_these_words(int number, string row)
    {
        _ = row;
        var (type, name, value, fault) = Rows[number];
        Declare(_broker, type, name, value, fault is null ? null : $": {fault}");
        Declare(_oldBroker, type, name, value, fault is null ? null : $": {fault}");
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, null)]
    [InlineData(long.MaxValue, null)]
    [InlineData("a", "\"expected integer, got longstr\"")]
    [InlineData(1.5, "\"expected integer, got double\"")]
    public void B90_Row_87_the_delivery_limit_is_checked_since_4_0(object value, string? fault)
    {
        Declare(_broker, "quorum", "x-delivery-limit", value, fault is null ? null : $": {fault}");
        Declare(_oldBroker, "quorum", "x-delivery-limit", value, null);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData("a", 30)]
    public void Row_87_what_3_10_makes_of_delivery_limits(object limit, int deliveries)
    {
        var channel = _oldBroker.OpenChannel();
        channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum"), ("x-delivery-limit", limit)));
        channel.Publish("x", "q");
        var count = 0;
        while (count < 30 && channel.Get("q") is { } got)
        {
            count++;
            channel.Send(new BasicNack(got.Get.DeliveryTag, false, Requeue: true));
        }
        Assert.Equal(deliveries, count);
    }

    [Theory]
    [InlineData("x-message-ttl")]
    [InlineData("x-expires")]
    public void B90_the_longest_time_is_not_over_early(string name)
    {
        var channel = _broker.OpenChannel();
        channel.DeclareQueue("q", arguments: FieldTable.Create((name, 315_360_000_000)));
        channel.Publish("x", "q");
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(315_360_000_000) - TimeSpan.FromMilliseconds(1));
        _broker.Step(Command.Tick());
        Assert.Equal(1, _broker.Queue("q").Ready);
        _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(2));
        _broker.Step(Command.Tick());
        if (name == "x-expires")
            Assert.False(_broker.QueueExists("q"));
        else
            Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Theory]
    [InlineData("classic", "x-delivery-limit", 5)]
    [InlineData("classic", "x-dead-letter-strategy", "at-most-once")]
    [InlineData("classic", "x-quorum-initial-group-size", 1)]
    [InlineData("classic", "x-max-in-memory-length", 1)]
    [InlineData("classic", "x-max-in-memory-bytes", 1)]
    [InlineData("classic", "x-max-age", "1D")]
    [InlineData("classic", "x-max-age", -1)]
    [InlineData("classic", "x-stream-max-segment-size-bytes", 1)]
    [InlineData("classic", "x-initial-cluster-size", 1)]
    [InlineData("quorum", "x-max-priority", 256)]
    [InlineData("quorum", "x-queue-mode", "zzz")]
    [InlineData("quorum", "x-queue-version", 3)]
    [InlineData("quorum", "x-queue-master-locator", "client-local")]
    [InlineData("quorum", "x-max-age", "1D")]
    public void B90_Row_91_Row_93_arguments_of_another_type_are_refused_whatever_they_say(string type, string name, object value)
    {
        Declare(_broker, type, name, value, $" of queue type rabbit_{type}_queue");
        Declare(_oldBroker, type, name, value, $" of queue type rabbit_{type}_queue");
    }

    [Fact]
    public void Row_97_of_several_faults_RabbitMQs_first_is_told()
    {
        Refuse("invalid arg 'x-message-ttl' for queue 'q' in vhost '/': {value_negative,-1}", ("x-overflow", "zzz"), ("x-message-ttl", -1));
        Refuse("invalid arg 'x-max-age' for queue 'q' in vhost '/' of queue type rabbit_classic_queue", ("x-max-age", "1D"), ("x-delivery-limit", 3), ("x-overflow", "drop-head"));
        Refuse("invalid arg 'x-overflow' for queue 'q' in vhost '/': invalid_overflow", ("x-max-age", "1D"), ("x-overflow", "zzz"));
        Refuse("invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'", ("x-queue-type", "zzz"), ("x-dead-letter-exchange", 5));
        Refuse("invalid arg 'x-dead-letter-routing-key' for queue 'q' in vhost '/': {unacceptable_type,signedint}", ("x-dead-letter-routing-key", 5));
    }

    [Fact]
    public void Row_67_of_several_differences_each_type_tells_its_own_first_one()
    {
        var channel = _broker.OpenChannel();
        Redeclare("classic", "x-message-ttl");
        Redeclare("quorum", "x-dead-letter-exchange");

        void Redeclare(string type, string first)
        {
            channel.DeclareQueue(type, durable: true, arguments: Arguments(type, "1", 1));
            channel.Send(new QueueDeclare(type, Durable: true, Arguments: Arguments(type, "2", 2)));
            channel.ExpectClose(
                ReplyCode.PreconditionFailed, $"inequivalent arg '{first}' for queue '{type}' in vhost '/': received '2' but current is '1'", MethodId.QueueDeclare);
            channel = _broker.OpenChannel();
        }

        static FieldTable Arguments(string type, string exchange, int number) => FieldTable.Create(
            ("x-queue-type", type), ("x-max-length", number), ("x-dead-letter-exchange", exchange), ("x-message-ttl", number));
    }

    [Fact]
    public void Row_67_another_types_arguments_and_unknown_ones_are_not_compared_and_all_others_are()
    {
        var channel = _oldBroker.OpenChannel();
        channel.DeclareQueue("q");
        foreach (var name in (string[])["x-delivery-limit", "x-queue-leader-locator", "x-consumer-timeout", "x-what"])
            channel.DeclareQueue("q", arguments: FieldTable.Create((name, 5)));
        channel.DeclareQueue("where", arguments: FieldTable.Create(("x-queue-master-locator", "random")));
        channel.Send(new QueueDeclare("where"));
        channel.ExpectClose(
            ReplyCode.PreconditionFailed,
            "inequivalent arg 'x-queue-master-locator' for queue 'where' in vhost '/': received none but current is the value 'random' of type 'longstr'",
            MethodId.QueueDeclare);
    }

    private static void Declare(EngineHarness broker, string type, string name, object? value, string? fault)
    {
        var channel = broker.OpenChannel();
        channel.Send(new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-type", type), (name, value))));
        if (fault is null)
            channel.Expect<QueueDeclareOk>();
        else
            channel.ExpectClose(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for queue 'q' in vhost '/'{fault}", MethodId.QueueDeclare);
    }

    private void Refuse(string text, params ReadOnlySpan<(string, object?)> arguments)
    {
        var channel = _broker.OpenChannel();
        channel.Send(new QueueDeclare("q", Arguments: FieldTable.Create(arguments)));
        channel.ExpectClose(ReplyCode.PreconditionFailed, text, MethodId.QueueDeclare);
    }
}
