using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class ExchangeTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public ExchangeTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    /// <summary>Row 50.</summary>
    [Theory]
    [InlineData("amq.direct", "direct")]
    [InlineData("amq.fanout", "fanout")]
    [InlineData("amq.topic", "topic")]
    [InlineData("amq.headers", "headers")]
    [InlineData("amq.match", "headers")]
    public void Predeclared_exchanges_may_be_declared_as_they_are(string name, string type) =>
        _channel.Ask<ExchangeDeclare, ExchangeDeclareOk>(new ExchangeDeclare(name, type, Durable: true));

    [Fact]
    public void The_default_exchange_allows_nothing()
    {
        const string text = "operation not permitted on the default exchange";
        _channel.DeclareQueue("q");
        Refuse(new ExchangeDeclare("", "direct", Passive: true), ReplyCode.AccessRefused, text);
        Refuse(new ExchangeDeclare("", "direct"), ReplyCode.AccessRefused, text);
        Refuse(new ExchangeDelete(""), ReplyCode.AccessRefused, text);
        Refuse(new QueueBind("q", "", "k"), ReplyCode.AccessRefused, text);
        Refuse(new QueueUnbind("q", "", "k"), ReplyCode.AccessRefused, text);
        Refuse(new ExchangeBind("amq.fanout", "", "k"), ReplyCode.AccessRefused, text);
        Refuse(new ExchangeUnbind("", "amq.fanout", "k"), ReplyCode.AccessRefused, text);
    }

    /// <summary>Row 52.</summary>
    [Fact]
    public void Redeclare_compares_type_flags_and_alternate_exchange_only()
    {
        const string x = "for exchange 'x' in vhost '/'";
        var first = new ExchangeDeclare("x", "direct", Arguments: FieldTable.Create(("alternate-exchange", "ae"), ("other", 1)));
        Ask(first);
        Ask(first with { Arguments = FieldTable.Create(("alternate-exchange", "ae"), ("other", 2)) });
        var failed = ReplyCode.PreconditionFailed;
        Refuse(first with { Type = "fanout" }, failed, $"inequivalent arg 'type' {x}: received 'fanout' but current is 'direct'");
        Refuse(first with { Durable = true }, failed, $"inequivalent arg 'durable' {x}: received 'true' but current is 'false'");
        Refuse(first with { AutoDelete = true }, failed, $"inequivalent arg 'auto_delete' {x}: received 'true' but current is 'false'");
        Refuse(first with { Internal = true }, failed, $"inequivalent arg 'internal' {x}: received 'true' but current is 'false'");
        Refuse(
            first with { Arguments = default }, failed,
            $"inequivalent arg 'alternate-exchange' {x}: received none but current is the value 'ae' of type 'longstr'");
    }

    [Fact]
    public void Names_and_types_that_are_not_allowed()
    {
        Refuse(
            new ExchangeDeclare("amq.foo", "direct"), ReplyCode.AccessRefused, "exchange name 'amq.foo' contains reserved prefix 'amq.*'");
        Refuse(new ExchangeDeclare("x", "nonsense"), ReplyCode.PreconditionFailed, "unknown exchange type 'nonsense'");
        Refuse(new ExchangeDeclare("x", ""), ReplyCode.PreconditionFailed, "invalid exchange type ''");
        Refuse(new ExchangeDeclare("x", "zzz", Passive: true), ReplyCode.NotFound, "no exchange 'x' in vhost '/'");
        Refuse(
            new ExchangeDeclare("x", "direct", Arguments: FieldTable.Create(("alternate-exchange", 1))), ReplyCode.PreconditionFailed,
            "invalid type 'signedint' for arg 'alternate-exchange' in exchange 'x' in vhost '/'");
        _channel.Connection.SendFrame(FrameType.Method, _channel.Number, 0, 50, 0, 10, 0, 0, 1, 0xFF, 0, 0, 0, 0, 0);
        _channel.Connection.ExpectClose(ReplyCode.FrameError, "Malformed UTF-8 in shortstr", MethodId.QueueDeclare);
    }

    /// <summary>Row 36.</summary>
    [Fact]
    public void Line_ends_are_dropped_from_names()
    {
        Assert.Equal("ab", _channel.DeclareQueue("a\r\nb"));
        _channel.DeclareExchange("x\n", "fanout");
        _channel.Bind("ab", "x");
    }

    [Fact]
    public void Row_62_unknown_arguments_of_an_exchange_are_neither_refused_nor_compared()
    {
        _channel.DeclareExchange("x", "direct", arguments: FieldTable.Create(("x-old", 1), ("x-auto-delete", "maybe")));
        _channel.DeclareExchange("x", "direct");
    }

    /// <summary>Row 54.</summary>
    [Fact]
    public void Passive_ignores_the_type() => Ask(new ExchangeDeclare("amq.direct", "zzz", Passive: true));

    [Fact]
    public void Delete_of_what_is_missing_is_ok_and_of_what_is_used_or_the_systems_is_not()
    {
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("missing"));
        _channel.DeclareExchange("x", "fanout");
        _channel.DeclareQueue("q");
        _channel.Bind("q", "x");
        Refuse(new ExchangeDelete("x", IfUnused: true), ReplyCode.PreconditionFailed, "exchange 'x' in vhost '/' in use");
        Refuse(
            new ExchangeDelete("amq.direct"), ReplyCode.AccessRefused, "deletion of system exchange 'amq.direct' in vhost '/' not allowed");
        _channel.Ask<ExchangeDelete, ExchangeDeleteOk>(new ExchangeDelete("x"));
        Refuse(new ExchangeDeclare("x", "", Passive: true), ReplyCode.NotFound, "no exchange 'x' in vhost '/'");
    }

    [Fact]
    public void Delete_of_a_system_exchange_is_refused_though_it_does_not_exist() => Refuse(
        new ExchangeDelete("amq.nope"), ReplyCode.AccessRefused, "deletion of system exchange 'amq.nope' in vhost '/' not allowed");

    [Fact]
    public void Publish_to_an_internal_or_a_missing_exchange_closes_the_channel()
    {
        _channel.DeclareExchange("inner", "fanout", @internal: true);
        _channel.Publish("x", "k", "inner");
        _channel.ExpectClose(ReplyCode.AccessRefused, "cannot publish to internal exchange 'inner' in vhost '/'", MethodId.BasicPublish);
        _channel = _channel.Connection.OpenChannel(1);
        _channel.Publish("x", "k", "missing");
        _channel.ExpectClose(ReplyCode.NotFound, "no exchange 'missing' in vhost '/'", MethodId.BasicPublish);
    }

    [Fact]
    public void An_auto_delete_exchange_goes_with_its_last_binding_and_takes_a_chain_along()
    {
        const int length = 10_000;
        _channel.DeclareQueue("q");
        for (var i = 0; i < length; i++)
            _channel.Send(new ExchangeDeclare($"x{i}", "fanout", AutoDelete: true, NoWait: true));
        for (var i = 1; i < length; i++)
            _channel.Send(new ExchangeBind($"x{i}", $"x{i - 1}", "", true));
        _channel.Bind("q", $"x{length - 1}");
        _channel.Publish("through all", "", "x0");
        Assert.Equal(["through all"], _channel.Drain("q"));
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("q", $"x{length - 1}"));
        Refuse(new ExchangeDeclare("x0", "", Passive: true), ReplyCode.NotFound, "no exchange 'x0' in vhost '/'");
    }

    [Fact]
    public void Bindings_of_missing_things_close_with_404_and_unbinding_them_is_ok()
    {
        _channel.DeclareQueue("q");
        Refuse(new QueueBind("q", "missing", "k"), ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
        Refuse(new QueueBind("missing", "amq.direct", "k"), ReplyCode.NotFound, "no queue 'missing' in vhost '/'");
        Refuse(new ExchangeBind("missing", "amq.direct", "k"), ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("missing", "gone", "k"));
        _channel.Ask<ExchangeUnbind, ExchangeUnbindOk>(new ExchangeUnbind("missing", "gone", "k"));
    }

    [Fact]
    public void A_cycle_of_exchanges_delivers_once()
    {
        _channel.DeclareExchange("a", "fanout");
        _channel.DeclareExchange("b", "fanout");
        _channel.DeclareQueue("q");
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("b", "a"));
        _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind("a", "b"));
        _channel.Bind("q", "a");
        _channel.Bind("q", "b");
        _channel.Publish("once", "k", "b");
        Assert.Equal(["once"], _channel.Drain("q"));
        _channel.Ask<ExchangeUnbind, ExchangeUnbindOk>(new ExchangeUnbind("a", "b"));
    }

    [Fact]
    public void What_an_exchange_cannot_route_goes_to_its_alternate_and_counts_as_routed()
    {
        _channel.DeclareExchange("x", "direct", arguments: FieldTable.Create(("alternate-exchange", "rest")));
        _channel.DeclareQueue("q");
        _channel.Publish("lost", "k", "x", mandatory: true);
        Assert.Equal((ushort)312, _channel.Expect<BasicReturn>().ReplyCode);
        _channel.ExpectContent();
        _channel.DeclareExchange("rest", "fanout", arguments: FieldTable.Create(("alternate-exchange", "x")));
        _channel.Publish("loop", "k", "x");
        _channel.Bind("q", "rest");
        _channel.Publish("found", "k", "x", mandatory: true);
        _channel.ExpectNothing();
        Assert.Equal(["found"], _channel.Drain("q"));
    }

    [Fact]
    public void Bindings_merge_unless_their_arguments_differ_and_a_queue_gets_a_message_once()
    {
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.direct", "k");
        _channel.Bind("q", "amq.direct", "k");
        _channel.Bind("q", "amq.direct", "k", FieldTable.Create(("a", 1), ("b", 2)));
        _channel.Publish("1", "k", "amq.direct");
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("q", "amq.direct", "k"));
        _channel.Publish("2", "k", "amq.direct");
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("q", "amq.direct", "k", FieldTable.Create(("b", 2), ("a", 1))));
        _channel.Publish("3", "k", "amq.direct");
        Assert.Equal(["1", "2"], _channel.Drain("q"));
    }

    [Fact]
    public void Many_bindings_of_one_exchange_come_and_go()
    {
        for (var i = 0; i < 300; i++)
        {
            _channel.DeclareQueue($"q{i}");
            _channel.Bind($"q{i}", "amq.fanout");
            _channel.Bind($"q{i}", "amq.direct", "k");
        }
        for (var i = 0; i < 300; i += 2)
            _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete($"q{i}"));
        _channel.Publish("x", "", "amq.fanout");
        _channel.Publish("y", "k", "amq.direct");
        Assert.All(_broker.Engine.Snapshot().Queues, queue => Assert.Equal(2, queue.Ready));
    }

    [Fact]
    public void Copies_go_to_further_keys_and_hidden_ones_are_not_seen()
    {
        foreach (var name in new[] { "to", "cc", "bcc" })
            _channel.DeclareQueue(name);
        var headers = FieldTable.Create(("CC", new[] { "cc", "to" }), ("BCC", new[] { "bcc" }), ("keep", 1));
        _channel.Publish("x", "to", properties: new BasicProperties { Headers = headers, MessageId = "m", ContentType = "t" });
        Assert.Equal((1, 1, 1), (_broker.Queue("to").Ready, _broker.Queue("cc").Ready, _broker.Queue("bcc").Ready));
        var properties = _channel.Get("bcc")!.Value.Content.Properties;
        Assert.Equal(FieldTable.Create(("CC", new[] { "cc", "to" }), ("keep", 1)), properties.Headers);
        Assert.Equal(("t", "m"), (properties.ContentType.ToString(), properties.MessageId.ToString()));
        _channel.Publish("x", "to", properties: new BasicProperties { Headers = FieldTable.Create(("CC", "cc")) });
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed, "invalid message: {unacceptable_type_in_header,\"CC\",longstr}", MethodId.BasicPublish);
    }

    [Fact]
    public void Copies_that_are_no_strings_are_passed_over()
    {
        _channel.DeclareQueue("to");
        _channel.DeclareQueue("cc");
        _channel.Publish("x", "to", properties: new BasicProperties { Headers = FieldTable.Create(("CC", new object?[] { 1, "cc", null }), ("BCC", new object?[] { true })) });
        Assert.Equal((1, 1), (_broker.Queue("to").Ready, _broker.Queue("cc").Ready));
    }

    [Fact]
    public void A_declaration_is_checked_in_RabbitMQs_order()
    {
        var bad = FieldTable.Create(("alternate-exchange", 1));
        Refuse(new ExchangeDeclare("", "zzz"), ReplyCode.PreconditionFailed, "unknown exchange type 'zzz'");
        Refuse(
            new ExchangeDeclare("amq.mine", "direct", Arguments: bad), ReplyCode.AccessRefused, "exchange name 'amq.mine' contains reserved prefix 'amq.*'");
        Refuse(
            new ExchangeDeclare("amq.direct", "direct", Durable: true, Arguments: bad), ReplyCode.PreconditionFailed,
            "inequivalent arg 'alternate-exchange' for exchange 'amq.direct' in vhost '/': received the value '1' of type 'signedint' but current is none");
    }

    private void Ask(in ExchangeDeclare declare) => _channel.Ask<ExchangeDeclare, ExchangeDeclareOk>(declare);

    private void Refuse<TMethod>(in TMethod method, ReplyCode code, string explanation)
        where TMethod : struct, IMethod
    {
        _channel.Send(method);
        _channel.ExpectClose(code, explanation, TMethod.Id);
        _channel = _channel.Connection.OpenChannel(1);
    }
}
