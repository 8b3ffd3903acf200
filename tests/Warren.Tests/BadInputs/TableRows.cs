using System.Text;
using Warren.Amqp;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Rows B51 to B62: field tables and names.</summary>
internal static class TableRows
{
    private static readonly byte[] s_oddValues =
    [
        .. Field("bool", 't', 2), .. Field("scale", 'D', 0xFF, 1, 2, 3, 4), .. Field("nan", 'd', 0x7F, 0xF8, 0, 0, 0, 0, 0, 1),
        .. Field("inf", 'f', 0xFF, 0x80, 0, 0),
        .. Field("time", 'T', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), .. Field("min", 'I', 0x80, 0, 0, 0),
        .. Field("long", 'l', 0x80, 0, 0, 0, 0, 0, 0, 0),
    ];

    private static readonly byte[] s_everyType =
    [
        .. Field("b", 'b', 0xFF), .. Field("B", 'B', 0xFF), .. Field("s", 's', 0x80, 1), .. Field("u", 'u', 0x80, 1), .. Field("i", 'i', 0xFF, 0, 0, 1),
        .. Field("l", 'l', 0xFF, 1, 2, 3, 4, 5, 6, 7), .. Field("x", 'x', Counted(0, 1, 0xFF)), .. Field("V", 'V'),
        .. Field("A", 'A', Counted((byte)'V', (byte)'t', 1)), .. Field("F", 'F', Counted(Field("", 'V'))),
    ];

    private static readonly byte[] s_twice = [.. Field("k", 'I', 0, 0, 0, 1), .. Field("k", 'I', 0, 0, 0, 2), .. Field("", 'V')];

    public static IReadOnlyList<BadInput> All { get; } =
    [
        new("B51", "a table longer than its method", Stage.Channel, "CC 501", Declare(0, 0, 0, 9, 1, (byte)'a', (byte)'V')) { OnSockets = true },
        new("B51", "a table one octet too long", Stage.Channel, "CC 501", Declare(0, 0, 0, 4, 1, (byte)'a', (byte)'V')),
        new("B51", "a table one octet too short", Stage.Channel, "CC 501", Declare(0, 0, 0, 2, 1, (byte)'a', (byte)'V')),
        new("B51", "a table of four GiB", Stage.Channel, "CC 501", Declare(0xFF, 0xFF, 0xFF, 0xFF, 1, (byte)'a', (byte)'V')) { MaxAllocated = 16 * 1024 },
        new("B52", "type Z", Stage.Channel, "CC 502", Declare(Counted(Field("a", 'Z', 0)))) { OnSockets = true },
        new("B52", "type 0", Stage.Channel, "CC 502", Declare(Counted(Field("a", '\0', 0)))),
        new("B52", "type FF", Stage.Channel, "CC 502", Declare(Counted(Field("a", '\xFF', 0)))),
        new("B53", "a name past its table", Stage.Channel, "CC 501", Declare(Counted(9, (byte)'a', (byte)'V'))),
        new("B53", "a name without a value", Stage.Channel, "CC 501", Declare(Counted(1, (byte)'a'))),
        new("B53", "a type without a value", Stage.Channel, "CC 501", Declare(Counted(1, (byte)'a', (byte)'I'))),
        new("B53", "an empty name", Stage.Channel, "QueueDeclareOk", Declare(Counted(Field("", 'V')))),
        new("B53", "a name of 255 octets", Stage.Channel, "QueueDeclareOk", Declare(Counted(Field(new string('n', 255), 'V')))),
        new("B54", "33 levels", Stage.Channel, "CC 502", Declare(Counted(Nested(34)))),
        new("B54", "21,800 levels", Stage.Channel, "CC 502", Declare(Counted(Nested(21_800)))) { OnSockets = true },
        new("B54", "32 levels", Stage.Channel, "QueueDeclareOk", Declare(Counted(Nested(32)))),
        new("B55", "arrays in tables in arrays", Stage.Channel, "QueueDeclareOk", Declare(Counted(Mixed(16)))),
        new("B55", "an array one octet too long", Stage.Channel, "CC 501", Declare(Counted(Field("a", 'A', 0, 0, 0, 2, (byte)'V')))),
        new("B55", "an array one octet too short", Stage.Channel, "CC 501", Declare(Counted(Field("a", 'A', 0, 0, 0, 1, (byte)'t', 1)))),
        new("B56", "every type of RabbitMQ's", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"), Headers(s_everyType),
            Get("q")) { Echo = s_everyType, OnSockets = true },
        new("B56", "a short string in the place of RabbitMQ's short integer", Stage.Channel, "CC 501", Queue("q"), Begin("q"),
            Headers(Field("a", 's', 4, (byte)'t', (byte)'e', (byte)'x', (byte)'t'))),
        new("B57", "values that are none", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"), Headers(s_oddValues), Get("q")) { Echo = s_oddValues },
        new("B57", "arguments whose values are none", Stage.Channel, "QueueDeclareOk", Declare(Counted(s_oddValues))),
        new("B57", "headers that are none, for an exchange that looks at them", Stage.Channel, "BasicGetOk[0]", Queue("q"),
            Say(new QueueBind("q", "amq.headers", "", true, FieldTable.Create(("min", int.MinValue)))),
            Say(new BasicPublish("amq.headers", "")), Headers(s_oddValues), Get("q")),
        new("B58", "131,000 values without octets", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"), Headers(Voids(131_000)),
            Get("q")) { Echo = Voids(131_000) },
        new("B58", "131,000 values without octets, for an exchange that looks at them", Stage.Channel, "BasicGetOk[0]", Queue("q"),
            Say(new QueueBind("q", "amq.headers", "", true, FieldTable.Create(("x-match", "any"), ("a", null)))),
            Say(new BasicPublish("amq.headers", "")), Headers(Voids(131_000)), Get("q")),
        new("B58", "40,000 fields without octets that die", Stage.Channel, "BasicGetOk[0]",
            Queue("q"), Queue("dying", ("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")),
            Begin("dying"), Headers(Fields(40_000)), Get("q"))
            { MaxAllocated = 8 * 1024 * 1024 }, // Each death puts the headers in order.
        new("B58", "131,000 values as copies", Stage.Channel, "CH 406", Begin("q"), Headers(Field("CC", 'S', Counted(new byte[100])))),
        new("B59", "a name twice", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"), Headers(s_twice), Get("q")) { Echo = s_twice },
        new("B59", "a thousand headers", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"), Headers(Fields(1000)), Get("q")) { Echo = Fields(1000) },
        .. Forged("x-death").Concat(Forged("x-first-death-queue")).Concat(Forged("x-delivery-count")),
        .. from method in NameMethods
           from octets in new[] { "FF", "C0AF", "EDA080", "61E2" }
           select new BadInput("B60", $"{method.Method}: a name of {octets}", Stage.Channel, "CC 501", method.With(Hex(octets))),
        new("B60", "basic.publish: an exchange that is no UTF-8, in a reply text that is", Stage.Channel, "CH 404 (60/40)", Say(new BasicPublish(Odd, "q")), Header(0)),
        new("B61", "a routing key that is no UTF-8", Stage.Channel, "BasicGetOk[1]", Queue("q"), Say(new QueueBind("q", "amq.direct", Odd, true)),
            PublishTo("amq.direct", Odd), Get("q")) { Echo = Odd.Span.ToArray() },
        new("B61", "a header that is no UTF-8", Stage.Channel, "BasicGetOk[0]", Queue("q"), Begin("q"),
            Headers(Field("\xFF\xFE", 'S', Counted(0xC0, 0xAF))), Get("q")) { Echo = Field("\xFF\xFE", 'S', Counted(0xC0, 0xAF)) },
        new("B61", "a consumer tag that is no UTF-8", Stage.Channel, "BasicConsumeOk, BasicDeliver[1]", Queue("q"),
            Say(new BasicConsume("q", Odd, NoAck: true)), new Step.Wait(0), Publish("q")) { Echo = Odd.Span.ToArray() },
        new("B61", "a consumer tag that is no UTF-8, in a reply text", Stage.Channel, "CC 530", Queue("q"),
            Say(new BasicConsume("q", Odd, NoWait: true)), Say(new BasicConsume("q", Odd))),
        .. new[] { "nul\0", "esc\x1B[2J", "bidi\u202Egnp", "../../etc/passwd", "..\\x", new string('/', 255), "\u2028", "\u0085" }.Select(name =>
            new BadInput("B62", $"a queue named {Convert.ToHexString(Encoding.UTF8.GetBytes(name))}", Stage.Channel, "QueueDeclareOk, CH 404",
                Say(new QueueDeclare(name, Exclusive: true)), Say(new QueueDeclare(new ShortString(name[..^1] + "?"), Passive: true)))),
        new("B62", "CR and LF in a name are left out", Stage.Channel, "BasicGetOk[1]", Queue("li\r\nne"), Publish("line"), Get("l\nine")),
    ];

    private static ShortString Odd => new(new byte[] { 0xFF, 0xFE, (byte)'x', 0x80 });

    private static IEnumerable<(string Method, Func<byte[], byte[]> With)> NameMethods =>
    [
        ("queue.declare", name => Say(new QueueDeclare(new ShortString(name)))),
        ("queue.delete", name => Say(new QueueDelete(new ShortString(name)))),
        ("queue.purge", name => Say(new QueuePurge(new ShortString(name)))),
        ("queue.bind", name => Say(new QueueBind(new ShortString(name), "amq.direct"))),
        ("queue.bind to", name => Say(new QueueBind("q", new ShortString(name)))),
        ("exchange.declare", name => Say(new ExchangeDeclare(new ShortString(name), "direct"))),
        ("exchange.delete", name => Say(new ExchangeDelete(new ShortString(name)))),
        ("exchange.bind", name => Say(new ExchangeBind(new ShortString(name), "amq.direct"))),
        ("basic.consume", name => Say(new BasicConsume(new ShortString(name)))),
        ("basic.get", name => Say(new BasicGet(new ShortString(name)))),
    ];

    // An array of fields without octets, as one field.
    private static byte[] Voids(int count) => Field("a", 'A', Counted([.. Enumerable.Repeat((byte)'V', count)]));

    private static byte[] Fields(int count) => [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[1, (byte)('a' + (i % 26)), (byte)'V'])];

    private static byte[] Mixed(int levels)
    {
        byte[] inside = [(byte)'V'];
        for (var level = 0; level < levels - 1; level++)
            inside = level % 2 == 0 ? [(byte)'F', .. Counted([1, (byte)'a', .. inside])] : [(byte)'A', .. Counted(inside)];
        return [1, (byte)'a', .. inside];
    }

    // The message dies with a header of this name in a shape that nobody expects, and lives on in another queue.
    private static IEnumerable<BadInput> Forged(string header)
    {
        (string Shape, byte[] Value)[] shapes =
        [
            ("a string", [(byte)'S', .. Counted("x"u8.ToArray())]), ("a number", [(byte)'I', 0, 0, 0, 1]), ("nothing", [(byte)'V']),
            ("an empty array", [(byte)'A', 0, 0, 0, 0]), ("an empty table", [(byte)'F', 0, 0, 0, 0]),
            ("an array of numbers", [(byte)'A', .. Counted((byte)'I', 0, 0, 0, 1)]),
            ("an array of empty tables", [(byte)'A', .. Counted((byte)'F', 0, 0, 0, 0)]),
            ("a count without end",
                [(byte)'A', .. Counted([(byte)'F',
                .. Counted([.. Field("count", 'l', 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
                .. Field("reason", 'S', Counted("expired"u8.ToArray()))])])]),
            ("a negative number", [(byte)'l', 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ];
        foreach (var (shape, value) in shapes)
        {
            yield return new BadInput("B59", $"{header} is {shape}", Stage.Channel, "BasicGetOk[0]",
                Queue("q"), Queue("dying", ("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q")),
                Begin("dying"), Headers([(byte)header.Length, .. Encoding.ASCII.GetBytes(header), .. value]), Get("q"));
        }
    }
}
