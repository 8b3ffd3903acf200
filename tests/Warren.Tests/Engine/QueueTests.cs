using System.Text.RegularExpressions;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed partial class QueueTests : IDisposable
{
    private const string Locked =
        "cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally declared on another connection "
        + "or the exclusive property value does not match that of the original declaration.";

    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public QueueTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    /// <summary>Row 63.</summary>
    [Fact]
    public void Declare_ok_counts_ready_messages_and_consumers()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("a", "q");
        _channel.Publish("b", "q");
        Assert.NotNull(_channel.Get("q"));
        var ok = _channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare("q", Passive: true));
        Assert.Equal(new QueueDeclareOk("q", 1, 0), ok);
        _channel.Qos(1);
        _channel.Consume("q");
        _channel.ExpectDelivery("b");
        Assert.Equal(new QueueDeclareOk("q", 0, 1), _channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare("q")));
    }

    [Fact]
    public void The_server_makes_names_that_cannot_be_declared_again()
    {
        var name = _channel.DeclareQueue();
        Assert.Matches(GeneratedName(), name);
        Assert.NotEqual(name, _channel.DeclareQueue());
        _channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare(name, Passive: true));
        Refuse(new QueueDeclare(name), ReplyCode.AccessRefused, $"queue name '{name}' contains reserved prefix 'amq.*'");
    }

    /// <summary>Row 65.</summary>
    [Fact]
    public void The_empty_name_is_the_queue_last_declared_on_the_channel()
    {
        Refuse(new QueueBind("", "amq.direct", "k"), ReplyCode.NotFound, "no previously declared queue");
        Refuse(new QueueDeclare("", Passive: true), ReplyCode.NotFound, "no previously declared queue");
        _channel.DeclareQueue("q");
        _channel.Bind("", "amq.direct");
        _channel.Publish("by name", "q", "amq.direct");
        _channel.Publish("not by empty key", "", "amq.direct");
        Assert.Equal(["by name"], _channel.Drain(""));
        var other = _channel.Connection.OpenChannel(2);
        other.Send(new QueuePurge(""));
        other.ExpectClose(ReplyCode.NotFound, "no previously declared queue", MethodId.QueuePurge);
    }

    /// <summary>Row 94.</summary>
    [Fact]
    public void Redeclare_compares_flags_and_the_arguments_a_queue_knows()
    {
        const string q = "for queue 'q' in vhost '/'";
        var failed = ReplyCode.PreconditionFailed;
        var arguments = FieldTable.Create(("x-max-length", 1000), ("x-queue-mode", "lazy"), ("x-ha-policy", "all"));
        var first = new QueueDeclare("q", Arguments: arguments);
        Declare(first);
        Declare(first with { Arguments = FieldTable.Create(("x-max-length", 1000L), ("x-queue-mode", "lazy"), ("x-queue-type", "classic")) });
        Refuse(first with { Durable = true }, failed, $"inequivalent arg 'durable' {q}: received 'true' but current is 'false'");
        Refuse(first with { AutoDelete = true }, failed, $"inequivalent arg 'auto_delete' {q}: received 'true' but current is 'false'");
        Refuse(
            first with { Arguments = FieldTable.Create(("x-max-length", 2000), ("x-queue-mode", "lazy")) }, failed,
            $"inequivalent arg 'x-max-length' {q}: received '2000' but current is '1000'");
        Refuse(
            first with { Arguments = FieldTable.Create(("x-max-length", 1000)) }, failed,
            $"inequivalent arg 'x-queue-mode' {q}: received none but current is the value 'lazy' of type 'longstr'");
        Declare(new QueueDeclare("plain"));
        Refuse(
            new QueueDeclare("plain", Arguments: FieldTable.Create(("x-message-ttl", 1000))), failed,
            "inequivalent arg 'x-message-ttl' for queue 'plain' in vhost '/': received the value '1000' of type 'signedint' but current is none");
    }

    [Theory]
    [InlineData("x-message-ttl", -1, "{value_negative,-1}")]
    [InlineData("x-message-ttl", 315360000001, "{value_too_large,315360000001}")]
    [InlineData("x-message-ttl", "1", "\"expected integer, got longstr\"")]
    [InlineData("x-expires", 0, "{value_zero,0}")]
    [InlineData("x-max-length", -2, "{value_negative,-2}")]
    [InlineData("x-max-priority", 256, "{max_value_exceeded,256}")]
    [InlineData("x-overflow", "zzz", "invalid_overflow")]
    [InlineData("x-single-active-consumer", "yes", "{unacceptable_type,longstr}")]
    [InlineData("x-dead-letter-routing-key", "k", "routing_key_but_no_dlx_defined")]
    public void Arguments_out_of_range_close_the_channel(string name, object value, string fault) =>
        Refuse(
            new QueueDeclare("q", Arguments: FieldTable.Create((name, value))), ReplyCode.PreconditionFailed,
            $"invalid arg '{name}' for queue 'q' in vhost '/': {fault}");

    [Fact]
    public void A_dead_letter_exchange_has_to_be_a_string() =>
        Refuse(
            new QueueDeclare("q", Arguments: FieldTable.Create(("x-dead-letter-exchange", 1))), ReplyCode.PreconditionFailed,
            "invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'");

    [Fact]
    public void An_exclusive_queue_is_locked_for_other_connections()
    {
        _channel.DeclareQueue("q", exclusive: true, durable: true);
        _channel.Bind("q", "amq.direct", "k");
        var owner = _channel;
        _channel = _broker.OpenChannel();
        Refuse(new QueueDeclare("q", Exclusive: true), ReplyCode.ResourceLocked, Locked);
        Refuse(new QueueDeclare("q", Passive: true), ReplyCode.ResourceLocked, Locked);
        Refuse(new QueueBind("q", "amq.direct", "k"), ReplyCode.ResourceLocked, Locked);
        Refuse(new QueueBind("q", "missing", "k"), ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
        Refuse(new QueueUnbind("q", "amq.direct", "k"), ReplyCode.ResourceLocked, Locked);
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("q", "amq.direct", "another key"));
        Refuse(new QueuePurge("q"), ReplyCode.ResourceLocked, Locked);
        Refuse(new QueueDelete("q"), ReplyCode.ResourceLocked, Locked);
        Refuse(new BasicConsume("q"), ReplyCode.ResourceLocked, Locked);
        Refuse(new BasicGet("q"), ReplyCode.ResourceLocked, Locked);
        _channel.Publish("allowed", "q");
        _channel = owner;
        Declare(new QueueDeclare("q", Exclusive: true));
        Assert.Equal(["allowed"], _channel.Drain("q"));
        Refuse(new QueueDeclare("q"), ReplyCode.ResourceLocked, Locked);
        _channel.DeclareQueue("shared");
        Refuse(new QueueDeclare("shared", Exclusive: true), ReplyCode.ResourceLocked, Locked.Replace("'q'", "'shared'", StringComparison.Ordinal));
    }

    [Fact]
    public void Delete_may_ask_for_unused_and_for_empty()
    {
        Assert.Equal(0u, _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("missing", true, true)).MessageCount);
        _channel.DeclareQueue("q");
        _channel.Publish("x", "q");
        Refuse(new QueueDelete("q", IfEmpty: true), ReplyCode.PreconditionFailed, "queue 'q' in vhost '/' not empty");
        _broker.OpenChannel().Consume("q");
        Refuse(new QueueDelete("q", IfUnused: true), ReplyCode.PreconditionFailed, "queue 'q' in vhost '/' in use");
        _channel.Publish("y", "q");
        Assert.Equal(0u, _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q")).MessageCount);
    }

    /// <summary>Row 72.</summary>
    [Fact]
    public void Purge_counts_and_drops_ready_messages_only()
    {
        _channel.DeclareQueue("q");
        for (var i = 0; i < 3; i++)
            _channel.Publish("x", "q");
        Assert.NotNull(_channel.Get("q"));
        Assert.Equal(2u, _channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge("q")).MessageCount);
        Assert.Equal(new QueueSnapshot("q", 0, 1, 0), _broker.Queue("q"));
        Refuse(new QueuePurge("missing"), ReplyCode.NotFound, "no queue 'missing' in vhost '/'");
    }

    [Fact]
    public void An_auto_delete_queue_goes_with_its_last_consumer_and_not_before_its_first()
    {
        _channel.DeclareQueue("q", autoDelete: true);
        _channel.DeclareQueue("by-close", autoDelete: true);
        var other = _broker.OpenChannel();
        other.Consume("by-close");
        _channel.Consume("q", "a");
        _channel.Consume("q", "b");
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("a"));
        Assert.True(_broker.QueueExists("q"));
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel("b"));
        Assert.False(_broker.QueueExists("q"));
        Assert.True(_broker.QueueExists("by-close"));
        other.Ask<ChannelClose, ChannelCloseOk>(new ChannelClose(200, "OK"));
        Assert.False(_broker.QueueExists("by-close"));
    }

    [Fact]
    public void Consumers_hear_of_the_deletion_when_they_can_and_after_delete_ok()
    {
        var deaf = _broker.OpenChannel(takesCancel: false);
        _channel.DeclareQueue("q");
        _channel.Consume("q", "mine");
        deaf.Consume("q", "deaf");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        Assert.Equal(new BasicCancel("mine", true), _channel.Expect<BasicCancel>());
        deaf.ExpectNothing();
        _channel.DeclareQueue("q");
        _channel.Consume("q", "mine");
    }

    [Fact]
    public void Deliveries_of_a_deleted_queue_can_still_be_settled()
    {
        _channel.DeclareQueue("q");
        _channel.Publish("a", "q");
        _channel.Publish("b", "q");
        _channel.Get("q");
        _channel.Get("q");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("q"));
        _channel.Send(new BasicAck(1));
        _channel.Send(new BasicReject(2, Requeue: true));
        _channel.ExpectNothing();
    }

    [Fact]
    public void Nowait_gets_no_answer()
    {
        _channel.Send(new QueueDeclare("q", NoWait: true));
        _channel.Send(new ExchangeDeclare("x", "direct", NoWait: true));
        _channel.Send(new QueueBind("q", "x", "k", NoWait: true));
        _channel.Send(new ExchangeBind("x", "amq.direct", "k", NoWait: true));
        _channel.Send(new ExchangeUnbind("x", "amq.direct", "k", NoWait: true));
        _channel.Send(new QueuePurge("q", NoWait: true));
        _channel.Send(new BasicConsume("q", "t", NoWait: true));
        _channel.Send(new BasicCancel("t", NoWait: true));
        _channel.Send(new ConfirmSelect(NoWait: true));
        _channel.Send(new ExchangeDelete("x", NoWait: true));
        _channel.Send(new QueueDelete("q", NoWait: true));
        _channel.ExpectNothing();
        Refuse(new QueuePurge("q", NoWait: true), ReplyCode.NotFound, "no queue 'q' in vhost '/'");
    }

    [GeneratedRegex("^amq\\.gen-[A-Za-z0-9_-]{22}$")]
    private static partial Regex GeneratedName();

    private void Declare(in QueueDeclare declare) => _channel.Ask<QueueDeclare, QueueDeclareOk>(declare);

    private void Refuse<TMethod>(in TMethod method, ReplyCode code, string explanation)
        where TMethod : struct, IMethod
    {
        _channel.Send(method);
        _channel.ExpectClose(code, explanation, TMethod.Id);
        _channel = _channel.Connection.OpenChannel(1);
    }
}
