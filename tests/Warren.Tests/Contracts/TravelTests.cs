using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Warren.Tests.Contracts;

/// <summary>Values of every type, there as a parameter and back as a reply.</summary>
public sealed class TravelTests
{
    private readonly Loopback<IEcho> _loopback = new(new Echo());

    private IEcho Client => _loopback.Client;

    [Fact]
    public void Random_values_come_back()
    {
        Check<bool>(Client.Boolean);
        Check<byte>(Client.Byte);
        Check<sbyte>(Client.SByte);
        Check<short>(Client.Int16);
        Check<ushort>(Client.UInt16);
        Check<int>(Client.Int32);
        Check<uint>(Client.UInt32);
        Check<long>(Client.Int64);
        Check<ulong>(Client.UInt64);
        Check<float>(Client.Single);
        Check<double>(Client.Double);
        Check<decimal>(Client.Decimal);
        Check<Guid>(Client.Guid);
        Check<DateTime>(Client.DateTime);
        Check<DateTimeOffset>(Client.DateTimeOffset);
        Check<DateOnly>(Client.DateOnly);
        Check<TimeOnly>(Client.TimeOnly);
        Check<TimeSpan>(Client.TimeSpan);
        Check<int?>(Client.Int32OrNull);
        Check<Guid?>(Client.GuidOrNull);
    }

    [Fact]
    public void Random_texts_and_lists_come_back()
    {
        Prop.ForAll<NonNull<string>>(text => IsText(text.Get) && ComesBack(Client.String, text.Get)).QuickCheckThrowOnFailure();
        Prop.ForAll<string?>(text => ComesBack(Client.StringOrNull, text)).QuickCheckThrowOnFailure();
        Prop.ForAll<int[]>(list => list is null || Client.Array(list, default).Result.SequenceEqual(list)).QuickCheckThrowOnFailure();
        Prop.ForAll<byte[]>(octets => octets is null || Client.Octets(octets, default).Result.SequenceEqual(octets)).QuickCheckThrowOnFailure();
        Prop.ForAll<int[][]>(lists =>
        {
            var value = lists?.Select(list => list ?? []).ToList();
            var back = Client.Nested(value, default).Result;
            return value is null ? back is null : back!.Zip(value, (a, b) => a.SequenceEqual(b)).All(same => same) && back!.Count == value.Count;
        }).QuickCheckThrowOnFailure();

        static bool IsText(string text) => text is not null;
    }

    [Fact]
    public void Random_records_come_back()
    {
        Prop.ForAll<NonNull<string>, short, decimal>((item, count, price) =>
        {
            // Any text is an item but the empty one and the blank, which [Required] refuses.
            var line = new Line("i" + item.Get, Math.Clamp((int)count, 1, 100)) { Price = price };
            var basket = new Basket("Ann", line, [line, line with { Price = 0 }], item.Get);
            var back = Client.Record(basket, default).Result;
            return back with { Others = [] } == basket with { Others = [] } && back.Others.SequenceEqual(basket.Others);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Random_octets_are_refused_or_read_but_never_thrown_about()
    {
        var handlers = RpcContract<IEcho>.Get().Handlers;
        Prop.ForAll<byte[]>(octets => handlers.All(handler =>
        {
            handler.TryStart(new Echo(), octets ?? Array.Empty<byte>(), default, out _, out _);
            return true;
        })).QuickCheckThrowOnFailure();
    }

    // Bodies that begin well and were then hit: more of the readers' code than random octets reach.
    [Fact]
    public void Damaged_bodies_are_refused_or_read_but_never_thrown_about()
    {
        var whole = """{"value":{"customer":"Ann","first":{"item":"bolt","count":1,"unit-price":2.5},"others":[{"item":"\u00e9","count":2}],"note":null}}"""u8.ToArray();
        var handlers = RpcContract<IEcho>.Get().Handlers;
        Prop.ForAll<PositiveInt, byte, PositiveInt>((place, octet, length) =>
        {
            var body = whole.ToArray();
            body[place.Get % body.Length] = octet;
            body = body[..(length.Get % 3 == 0 ? length.Get % body.Length : body.Length)];
            return handlers.All(handler =>
            {
                handler.TryStart(new Echo(), body, default, out _, out _);
                return true;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Edges_come_back()
    {
        Assert.True(double.IsNaN(await Client.Double(double.NaN, default)));
        Assert.Equal(double.PositiveInfinity, await Client.Double(double.PositiveInfinity, default));
        Assert.Equal(float.NegativeInfinity, await Client.Single(float.NegativeInfinity, default));
        Assert.Equal('\'', await Client.Char('\'', default));
        Assert.Equal(new Uri("amqp://h/%2f"), await Client.Uri(new Uri("amqp://h/%2f"), default));
        Assert.Equal(new Uri("a/b", UriKind.Relative), await Client.Uri(new Uri("a/b", UriKind.Relative), default));
        Assert.Equal(Colour.Green, await Client.Enum(Colour.Green, default));
        Assert.Null(await Client.EnumOrNull(null, default));
        Assert.Equal(Toppings.Cheese | Toppings.Olives, await Client.Flags(Toppings.Cheese | Toppings.Olives, default));
        Assert.Equal([1, 2], (await Client.Memory(new byte[] { 1, 2 }, default)).ToArray());
        Assert.Null(await Client.OctetsOrNull(null, default));
        Assert.Equal([3], await Client.OctetsOrNull([3], default));
        Assert.Equal("[1,null]", (await Client.Element(JsonDocument.Parse("[1,null]").RootElement, default)).ToString());
        Assert.Equal(["a", null], await Client.List(["a", null], default));
        Assert.Equal([Colour.Red, Colour.Green], await Client.Interface([Colour.Red, Colour.Green], default));
        Assert.Equal([1, 2], await Client.Set([1, 2, 2], default));
        Assert.Equal(new Dictionary<string, decimal?> { ["a"] = 1.5m, ["\"b\""] = null }, await Client.Map(new() { ["a"] = 1.5m, ["\"b\""] = null }, default));
        Assert.Null(await Client.RecordOrNull(null, default));
        Assert.Equal(new Point(1, -0.5), await Client.Struct(new Point(1, -0.5), default));
    }

    [Fact]
    public async Task A_class_keeps_what_its_initializers_say_for_what_is_missing()
    {
        var settings = await Client.Class(new Settings { Name = "n", Size = 9, Colour = Colour.Red, Tags = ["a"], @event = "e" }, default);
        Assert.Equal(("n", 9, Colour.Red, "a", "e"), (settings.Name, settings.Size, settings.Colour, settings.Tags[0], settings.@event));

        Assert.Equal(
            """{"name":"x","size":3,"colour":"Green","tags":["none"],"event":""}""", await _loopback.ReplyAsync("Class", """{"value":{"name":"x"}}"""));
        Assert.Equal("value.name: missing", _loopback.Refusal("Class", """{"value":{"size":3}}"""));
        Assert.Equal("""{"x":1,"y":2}""", await _loopback.ReplyAsync("Struct", """{"value":{"x":1}}"""));
    }

    [Theory]
    [InlineData("StructWithInit", """{"width":1}""", """{"width":1,"height":5}""")]
    [InlineData("StructWithInit", """{"height":2,"width":1}""", """{"width":1,"height":2}""")]
    [InlineData("Inherited", """{"a":1,"c":3}""", """{"a":1,"c":3,"b":"b","d":4}""")]
    [InlineData("Inherited", """{"a":1,"c":3,"b":"x","d":7}""", """{"a":1,"c":3,"b":"x","d":7}""")]
    [InlineData("Checked", """{"text":"abc","length":7,"private":8}""", """{"text":"abc"}""")]
    public async Task Objects_of_every_make_travel(string method, string value, string reply) =>
        Assert.Equal(reply, await _loopback.ReplyAsync(method, $$"""{"value":{{value}}}"""));

    [Fact]
    public void What_a_constructor_throws_refuses_the_arguments_in_printable_words()
    {
        var refusal = _loopback.Refusal("Checked", """{"value":{"text":"\u001b"}}""");

        Assert.Contains("text", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal, char.IsControl);
    }

    [Fact]
    public void A_reply_without_a_value_may_have_any_body() =>
        Assert.True(new RpcMethod<RpcVoid>("x", RpcMethodKind.Call, false, RpcTypes.Void).TryDecodeReply("whatever"u8.ToArray(), out _, out _));

    [Fact]
    public async Task Records_may_hold_themselves()
    {
        var node = new Node("a", [new Node("b", []), new Node("c", [], new Node("d", []))]);

        var back = await Client.Recursive(node, default);

        Assert.Equal("d", back.Children[1].Next!.Name);
    }

    [Fact]
    public async Task A_record_that_never_ends_is_refused_on_its_way_in_and_out()
    {
        var children = new List<Node>();
        var node = new Node("a", children);
        children.Add(node);
        var error = await Assert.ThrowsAsync<RpcException>(() => Client.Recursive(node, default));
        Assert.EndsWith("nested more than 64 deep", error.Detail, StringComparison.Ordinal);

        var deep = string.Concat(Enumerable.Repeat("""{"name":"a","children":[""", 100)) + string.Concat(Enumerable.Repeat("]}", 100));
        Assert.NotEqual("", _loopback.Refusal("Recursive", $$"""{"value":{{deep}}}"""));
    }

    [Fact]
    public async Task Generic_records_travel()
    {
        var page = await Client.Generic(new Page<Line>([new Line("bolt", 2)], 7), default);

        Assert.Equal((7, new Line("bolt", 2)), (page.Number, page.Items[0]));
    }

    [Theory]
    [InlineData("Enum", "1", "value: '1' is not a Colour: one of Red, Green")]
    [InlineData("Enum", "\"1\"", "value: the text '1' is not a Colour: one of Red, Green")]
    [InlineData("Enum", "\"Blue\"", "value: the text 'Blue' is not a Colour: one of Red, Green")]
    [InlineData("Enum", "\" Red\"", "value: the text ' Red' is not a Colour: one of Red, Green")]
    [InlineData("Double", "1e999", "value: '1e999' is not a number (Double)")]
    [InlineData("Double", "\"1\"", "value: the text '1' is not a number (Double)")]
    [InlineData("Byte", "256", "value: '256' is not a whole number without sign (Byte)")]
    [InlineData("Boolean", "\"true\"", "value: the text 'true' is not true or false")]
    [InlineData("Char", "\"ab\"", "value: the text 'ab' is not one character")]
    [InlineData("Octets", "\"?\"", "value: the text '?' is not octets (base64)")]
    [InlineData("Guid", "\"x\"", "value: the text 'x' is not a Guid")]
    [InlineData("TimeSpan", "\"1\"", null)]
    [InlineData("TimeSpan", "\"25 hours\"", "value: the text '25 hours' is not a time span (1.02:03:04)")]
    [InlineData("DateOnly", "\"2030-02-30\"", "value: the text '2030-02-30' is not a date (2030-12-31)")]
    [InlineData("List", "[\"a\",1]", "value[1]: '1' is not a text")]
    [InlineData("Array", "{}", "value: an object is not a list")]
    [InlineData("Map", "{\"k\":\"v\"}", "value['k']: the text 'v' is not a number (Decimal)")]
    [InlineData("Nested", "[[1],[2,true]]", "value[1][1]: true is not a whole number (Int32)")]
    [InlineData("Record", "{\"customer\":\"A\",\"first\":{\"item\":\"b\",\"count\":\"1\"}}", "value.first.count: the text '1' is not a whole number (Int32)")]
    [InlineData("Record", "{\"customer\":\"A\"}", "value.first: missing")]
    [InlineData("Record", "7", "value: '7' is not a Basket")]
    [InlineData("Record", "null", "value: null is not a Basket")]
    public void What_is_not_exactly_of_the_type_is_refused(string method, string value, string? error)
    {
        var body = $$"""{"value":{{value}}}""";
        if (error is null)
            Assert.NotNull(_loopback.ReplyAsync(method, body));
        else
            Assert.Equal(error, _loopback.Refusal(method, body));
    }

    [Fact]
    public async Task An_enumeration_value_without_a_name_is_refused_before_it_is_sent()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => Client.Enum((Colour)7, default));

        Assert.Equal("Enum: value: 7 is not a Colour", error.Detail);
    }

    [Fact]
    public async Task Nullable_replies_are_json_so_that_null_and_a_text_that_says_so_differ()
    {
        Assert.Equal("null", await Client.StringOrNull("null", default));
        Assert.Equal("\"null\"", _loopback.LastReply.ToString());
        Assert.Null(await Client.StringOrNull(null, default));
        Assert.Equal("null", _loopback.LastReply.ToString());
        Assert.Equal(ContentType.Json, _loopback.LastReply.ContentType);
    }

    private static void Check<T>(Func<T, CancellationToken, Task<T>> method) => Prop.ForAll<T>(value => ComesBack(method, value)).QuickCheckThrowOnFailure();

    private static bool ComesBack<T>(Func<T, CancellationToken, Task<T>> method, T value) => Equals(method(value, default).Result, value);
}
