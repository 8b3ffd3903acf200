using Warren.Amqp;
using Warren.Engine;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows B90 to B110: what methods mean.</summary>
internal static class MethodRows
{
    public static IReadOnlyList<BadInput> All { get; } =
    [
        .. BadArguments(),
        new("B90", "x-max-priority 0 is a priority", Stage.Channel, "QueueDeclareOk",
            Say(new QueueDeclare("q", Exclusive: true, Arguments: FieldTable.Create(("x-max-priority", 0))))),
        .. new (string Name, object Value)[]
        {
            ("x-message-ttl", 315_360_000_000), ("x-expires", 315_360_000_000), ("x-max-length", 4294967295L),
            ("x-max-length", long.MaxValue), ("x-max-length-bytes", long.MaxValue), ("x-max-priority", 255),
        }.Select(argument => new BadInput("B90 V50", $"{argument.Name} {argument.Value}", Stage.Channel, "BasicGetOk[1]",
            Queue("q", (argument.Name, argument.Value)), Publish("q"), new Step.Wait(60), Get("q"))),
        new("B90 V48", "a dead letter exchange of 256 octets", Stage.Channel, "QueueDeclareOk",
            Say(new QueueDeclare("q", Exclusive: true, Arguments: FieldTable.Create(("x-dead-letter-exchange", new string('x', 256)))))),
        new("B91", "ack of an unknown tag", Stage.Channel, "CH 406 (60/80)", Say(new BasicAck(1))) { OnSockets = true },
        new("B91", "reject of an unknown tag", Stage.Channel, "CH 406 (60/90)", Say(new BasicReject(7))),
        new("B91", "nack of an unknown tag", Stage.Channel, "CH 406 (60/120)", Say(new BasicNack(7, true))),
        new("B91", "ack of tag 0", Stage.Channel, "CH 406 (60/80)", Say(new BasicAck(0))),
        new("B91", "ack of the largest tag", Stage.Channel, "CH 406 (60/80)", Say(new BasicAck(ulong.MaxValue))),
        new("B91", "ack up to the largest tag", Stage.Channel, "CH 406 (60/80)", Say(new BasicAck(ulong.MaxValue, true))),
        new("B91 V56", "ack twice", Stage.Channel, "BasicGetOk[1], CH 406 (60/80)", Queue("q"), Publish("q"), Say(new BasicGet("q")),
            Say(new BasicAck(1)), Say(new BasicAck(1))),
        new("B91 V56", "another channel's tag", Stage.Channel, "ChannelOpenOk, BasicGetOk[1], CH 406 (60/80)", Queue("q"), Publish("q"),
            On(2, new ChannelOpen()), Say(new BasicGet("q")), On(2, new BasicAck(1))),
        new("B92", "ack of everything when there is nothing", Stage.Channel, "BasicQosOk", Say(new BasicAck(0, true)), Say(new BasicNack(0, true)),
            Say(new BasicQos())),
        new("B93", "ack on a channel that was just closed", Stage.Channel, "CH 404", Say(new QueueDeclare("nope", Passive: true)),
            Say(new BasicAck(1)), Say(new BasicNack(1))) { OnSockets = true },
        new("B93", "ack on a channel never opened", Stage.Open, "CC 504", Say(new BasicAck(1))),
        new("B93", "ack on a channel that the client has closed", Stage.Channel, "ChannelCloseOk, CC 504", Say(new ChannelClose(200, "OK")),
            Say(new BasicAck(1))),
        new("B94", "a prefetch size", Stage.Channel, "CC 540 (60/10)", Say(new BasicQos(1, 0))) { OnSockets = true },
        new("B94", "prefetch 65535", Stage.Channel, "BasicQosOk, BasicQosOk", Say(new BasicQos(0, 65535)), Say(new BasicQos(0, 65535, true))),
        new("B95", "a consumer tag twice", Stage.Channel, "BasicConsumeOk, CC 530 (60/20)", Queue("q"), Say(new BasicConsume("q", "t")),
            Say(new BasicConsume("q", "t"))) { OnSockets = true },
        new("B95", "beside an exclusive consumer", Stage.Channel, "BasicConsumeOk, CH 403 (60/20)", Queue("q"),
            Say(new BasicConsume("q", "t", Exclusive: true)), Say(new BasicConsume("q", "u"))),
        new("B95", "an exclusive one beside a consumer", Stage.Channel, "BasicConsumeOk, CH 403 (60/20)", Queue("q"), Say(new BasicConsume("q", "t")),
            Say(new BasicConsume("q", "u", Exclusive: true))),
        new("B95 V51", "an exclusive one after an exclusive one", Stage.Channel, "BasicConsumeOk, BasicCancelOk, BasicConsumeOk", Queue("q"),
            Say(new BasicConsume("q", "t", Exclusive: true)),
            Say(new BasicCancel("t")), Say(new BasicConsume("q", "u", Exclusive: true))),
        Foreign("declare", new QueueDeclare("bystander"), 50, 10), Foreign("declare passively", new QueueDeclare("bystander", Passive: true), 50, 10),
        Foreign("bind", new QueueBind("bystander", "amq.direct", "k"), 50, 20),
        Foreign("consume from", new BasicConsume("bystander"), 60, 20), Foreign("get from", new BasicGet("bystander"), 60, 70),
        Foreign("purge", new QueuePurge("bystander"), 50, 30), Foreign("delete", new QueueDelete("bystander"), 50, 40),
        new("B96", "a binding that never was of somebody else's exclusive queue", Stage.Channel, "QueueUnbindOk",
            Say(new QueueUnbind("bystander", "amq.direct", "k"))),
        new("B97", "declared again with other arguments", Stage.Channel, "CH 406 (50/10)", Queue("q"),
            Say(new QueueDeclare("q", Exclusive: true, Arguments: FieldTable.Create(("x-expires", 1000))))) { OnSockets = true },
        new("B97", "declared again as auto-delete", Stage.Channel, "CH 406 (50/10)", Queue("q"),
            Say(new QueueDeclare("q", Exclusive: true, AutoDelete: true))),
        new("B97", "a reserved name", Stage.Channel, "CH 403 (50/10)", Say(new QueueDeclare("amq.mine"))),
        new("B97", "a reserved name of an exchange", Stage.Channel, "CH 403 (40/10)", Say(new ExchangeDeclare("amq.mine", "direct"))),
        new("B97", "an exchange declared again as another type", Stage.Channel, "CH 406 (40/10)",
            Say(new ExchangeDeclare("amq.direct", "fanout", Durable: true))),
        new("B97", "no name, and no queue declared before", Stage.Channel, "CH 404 (60/70)", Say(new BasicGet())),
        new("B97", "a queue that is missing", Stage.Channel, "CH 404 (50/10)", Say(new QueueDeclare("nope", Passive: true))),
        new("B97", "an exchange that is missing", Stage.Channel, "CH 404 (40/10)", Say(new ExchangeDeclare("nope", "", Passive: true))),
        new("B98", "a queue in use deleted if unused", Stage.Channel, "BasicConsumeOk, CH 406 (50/40)", Queue("q"), Say(new BasicConsume("q")),
            Say(new QueueDelete("q", IfUnused: true))),
        new("B98", "a queue with messages deleted if empty", Stage.Channel, "CH 406 (50/40)", Queue("q"), Publish("q"),
            Say(new QueueDelete("q", IfEmpty: true))),
        new("B98", "missing things deleted", Stage.Channel, "QueueDeleteOk, ExchangeDeleteOk", Say(new QueueDelete("nope")),
            Say(new ExchangeDelete("nope"))),
        new("B98", "a predeclared exchange deleted", Stage.Channel, "CH 403 (40/20)", Say(new ExchangeDelete("amq.direct"))) { OnSockets = true },
        new("B98", "a missing reserved exchange deleted", Stage.Channel, "CH 403 (40/20)", Say(new ExchangeDelete("amq.nope"))),
        new("B98", "the default exchange deleted", Stage.Channel, "CH 403 (40/20)", Say(new ExchangeDelete(""))),
        new("B98", "the default exchange declared", Stage.Channel, "CH 403 (40/10)", Say(new ExchangeDeclare("", "direct"))),
        new("B98", "bound to the default exchange", Stage.Channel, "CH 403 (50/20)", Queue("q"), Say(new QueueBind("q", "", "k"))),
        new("B98", "an exchange in use deleted if unused", Stage.Channel, "CH 406 (40/20)",
            Say(new ExchangeDeclare("mine", "fanout", AutoDelete: true, NoWait: true)), Queue("q"),
            Say(new QueueBind("q", "mine", "", true)), Say(new ExchangeDelete("mine", IfUnused: true))),
        .. from length in new[] { 0, 1, 127, 128, 254, 255 }
           from letter in new[] { "x", "\u00fc", "\U0001F430" }
           let name = string.Concat(Enumerable.Repeat(letter, length / System.Text.Encoding.UTF8.GetByteCount(letter)))
           select new BadInput("B99 V48", $"two names of {length} octets of U+{char.ConvertToUtf32(letter, 0):X4} in one text", Stage.Channel,
               "QueueUnbindOk, CH 404",
               Queue("q"), Say(new QueueUnbind("q", name == "" ? "nope" : name, name)), Say(new QueueBind("q", name == "" ? "nope" : name, name))),
        new("B99 V48", "255 octets that are no UTF-8", Stage.Channel, "CC 530", Queue("q"), Say(new BasicConsume("q", Junk, NoWait: true)),
            Say(new BasicConsume("q", Junk))),
        new("B100", "an unknown type", Stage.Channel, "CH 406 (40/10)", Say(new ExchangeDeclare("x", "nope"))) { OnSockets = true },
        new("B100", "an unknown type in 3.10", Stage.Channel, "CC 503 (40/10)",
            Say(new ExchangeDeclare("x", "nope"))) { Options = new() { Profile = Profile.V310 } },
        new("B100", "x-match maybe", Stage.Channel, "CH 406 (50/20)", Queue("q"),
            Say(new QueueBind("q", "amq.headers", "", Arguments: FieldTable.Create(("x-match", "maybe"))))),
        new("B100 V02", "three # in 4.3", Stage.Channel, "CH 406 (50/20)", Queue("q"),
            Say(new QueueBind("q", "amq.topic", "#.a.#.b.#"))) { Options = new() { Profile = Profile.V43 } },
        new("B100 V02", "forty #", Stage.Channel, "QueueBindOk, BasicGetOk[1]", Queue("q"),
            Say(new QueueBind("q", "amq.topic", string.Join('.', Enumerable.Repeat("#", 40)))),
            PublishTo("amq.topic", string.Join('.', Enumerable.Repeat("a", 60))), Get("q")),
        new("B100 V20", "a hash weight over the limit", Stage.Channel, "CH 406 (50/20)",
            Say(new ExchangeDeclare("h", "x-consistent-hash", AutoDelete: true, NoWait: true)), Queue("q"),
            Say(new QueueBind("q", "h", "4294967295"))),
        new("B101", "exchanges in a circle", Stage.Channel, "BasicGetOk[1], BasicGetEmpty",
            Temporary("a"), Temporary("b"), Say(new ExchangeBind("a", "b", "", true)), Say(new ExchangeBind("b", "a", "", true)),
            Say(new ExchangeBind("a", "a", "", true)),
            Queue("q"), Say(new QueueBind("q", "a", "", true)), Say(new QueueBind("q", "b", "", true)), PublishTo("a", ""), Get("q"), Get("q"),
            Say(new ExchangeDelete("a", NoWait: true)), Say(new ExchangeDelete("b", NoWait: true))),
        new("B101", "alternate exchanges in a circle", Stage.Channel, "BasicReturn 312[1]",
            Say(new ExchangeDeclare("a", "direct", NoWait: true, Arguments: FieldTable.Create(("alternate-exchange", "b")))),
            Say(new ExchangeDeclare("b", "direct", NoWait: true, Arguments: FieldTable.Create(("alternate-exchange", "a")))), PublishTo("a", "k", mandatory: true),
            Say(new ExchangeDelete("a", NoWait: true)), Say(new ExchangeDelete("b", NoWait: true))),
        new("B102", "a queue that dies into itself", Stage.Channel, "QueueDeclareOk",
            Queue("q", ("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")),
            Publish("q"), Say(new QueueDeclare("q", Passive: true))),
        new("B102", "two queues that die into each other", Stage.Channel, "QueueDeclareOk, QueueDeclareOk",
            Queue("q", ("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "r")),
            Queue("r", ("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")),
            Publish("q"), Say(new QueueDeclare("q", Passive: true)), Say(new QueueDeclare("r", Passive: true))),
        new("B102", "a full queue that feeds itself", Stage.Channel, "BasicGetOk[2], BasicGetEmpty",
            Queue("q", ("x-max-length", 1), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")),
            Publish("q", octets: 1), Publish("q", octets: 2), Get("q"), Get("q")),
        new("B103", "tx.select, then confirm.select", Stage.Channel, "TxSelectOk, CH 406 (85/10)", Say(default(TxSelect)),
            Say(new ConfirmSelect())) { OnSockets = true },
        new("B103", "confirm.select, then tx.select", Stage.Channel, "ConfirmSelectOk, CH 406 (90/10)", Say(new ConfirmSelect()), Say(default(TxSelect))),
        new("B103", "commit without select", Stage.Channel, "CH 406 (90/20)", Say(default(TxCommit))),
        new("B103", "rollback without select", Stage.Channel, "CH 406 (90/30)", Say(default(TxRollback))),
        new("B103", "a fault inside a transaction", Stage.Channel, "TxSelectOk, CH 404", Say(default(TxSelect)), Publish("bystander"),
            PublishTo("nope", "k"), Say(default(TxCommit))),
        new("B104", "recover without requeue", Stage.Channel, "CC 540 (60/110)", Say(new BasicRecover())) { OnSockets = true },
        new("B104", "recover-async without requeue", Stage.Channel, "CC 540 (60/100)", Say(new BasicRecoverAsync())),
        new("B104", "channel.flow off", Stage.Channel, "CC 540 (20/20)", Say(new ChannelFlow())),
        new("B105", "a thousand declares and binds", Stage.Channel, "QueueDeclareOk",
            [.. Enumerable.Range(0, 1000).SelectMany(Bound), Say(new QueueDeclare("q1", Passive: true))])
            { MaxAllocated = 4 * 1024 * 1024 },
        new("B109", "get of an empty queue, a hundred times", Stage.Channel, string.Join(", ", Enumerable.Repeat("BasicGetEmpty", 100)), Queue("q"),
            FrameRows.Repeat(Get("q"), 100)) { MaxAllocated = 16 * 1024 },
        NoWait("queue.declare", "CH 404 (50/10)", new QueueDeclare("nope", Passive: true, NoWait: true)),
        NoWait("queue.declare of a reserved name", "CH 403 (50/10)", new QueueDeclare("amq.x", NoWait: true)),
        NoWait("queue.bind", "CH 404 (50/20)", new QueueBind("nope", "amq.direct", NoWait: true)),
        NoWait("queue.purge", "CH 404 (50/30)", new QueuePurge("nope", true)),
        NoWait("queue.delete", "CH 405 (50/40)", new QueueDelete("bystander", NoWait: true)),
        NoWait("exchange.declare", "CH 404 (40/10)", new ExchangeDeclare("nope", "", Passive: true, NoWait: true)),
        NoWait("exchange.delete", "CH 403 (40/20)", new ExchangeDelete("amq.direct", NoWait: true)),
        NoWait("exchange.bind", "CH 404 (40/30)", new ExchangeBind("nope", "amq.direct", NoWait: true)),
        NoWait("exchange.unbind", "CH 403 (40/40)", new ExchangeUnbind("", "amq.direct", NoWait: true)),
        NoWait("basic.consume", "CH 404 (60/20)", new BasicConsume("nope", NoWait: true)),
        new("B110", "everything without an answer", Stage.Channel, "BasicQosOk",
            Queue("q"), Temporary("a"), Temporary("b"), Say(new ExchangeBind("a", "b", "", true)),
            Say(new ExchangeUnbind("a", "b", "", true)), Say(new QueueBind("q", "b", "", true)),
            Say(new QueuePurge("q", true)), Say(new BasicConsume("q", "t", NoWait: true)), Say(new BasicCancel("t", true)),
            Say(new BasicCancel("nope", true)), Say(new ConfirmSelect(true)),
            Say(new QueueDelete("q", NoWait: true)), Say(new QueueDelete("q", NoWait: true)), Say(new ExchangeDelete("a", NoWait: true)),
            Say(new ExchangeDelete("b", NoWait: true)), Say(new BasicQos())) { OnSockets = true },
    ];

    private static ShortString Junk => new(Enumerable.Repeat((byte)0xFF, 255).ToArray());

    private static byte[] Temporary(string exchange) => Say(new ExchangeDeclare(exchange, "fanout", NoWait: true));

    private static IEnumerable<Step> Bound(int i) => [Queue($"q{i}"), Say(new QueueBind($"q{i}", "amq.direct", $"k{i % 7}", true))];

    private static BadInput Foreign<TMethod>(string what, TMethod method, int classId, int methodId)
        where TMethod : struct, IMethod =>
        new("B96", $"{what} somebody else's exclusive queue", Stage.Channel, $"CH 405 ({classId}/{methodId})", Say(method)) { OnSockets = false };

    private static BadInput NoWait<TMethod>(string what, string expected, TMethod method)
        where TMethod : struct, IMethod =>
        new("B110", $"{what} that fails without an answer", Stage.Channel, expected, Say(method), Say(method));

    private static IEnumerable<BadInput> BadArguments()
    {
        string[] names = ["x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority", "x-delivery-limit"];
        (string Shape, object? Value)[] values =
        [
            ("-1", -1), ("-2^63", long.MinValue), ("text", "5"), ("a float", 5.0), ("a bool", true), ("nothing", null), ("an empty table", FieldTable.Empty),
            ("an empty array", Array.Empty<object>()), ("empty text", ""),
        ];
        foreach (var name in names)
        {
            foreach (var (shape, value) in values)
            {
                if (name != "x-delivery-limit" || shape is not ("-1" or "-2^63")) // There they mean that there is no limit.
                    yield return Argument(name, shape, value);
            }
        }
        yield return Argument("x-message-ttl", "2^63-1", long.MaxValue);
        yield return Argument("x-expires", "2^63-1", long.MaxValue);
        yield return Argument("x-expires", "0", 0);
        yield return Argument("x-max-priority", "256", 256);
        foreach (var name in (string[])["x-overflow", "x-queue-type", "x-queue-mode", "x-dead-letter-exchange", "x-dead-letter-routing-key",
        "x-single-active-consumer"])
            yield return Argument(name, "a number", 7);
        foreach (var name in (string[])["x-overflow", "x-queue-type", "x-queue-mode"])
            yield return Argument(name, "empty text", "");
    }

    private static BadInput Argument(string name, string shape, object? value) => new("B90 V20", $"{name} is {shape}", Stage.Channel, "CH 406 (50/10)",
        Say(new QueueDeclare("q", Durable: name == "x-delivery-limit", Exclusive: name != "x-delivery-limit", Arguments: name == "x-delivery-limit"
            ? FieldTable.Create(("x-queue-type", "quorum"), (name, value))
            : FieldTable.Create((name, value)))));
}
