using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class RoutingTests : IDisposable
{
    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public RoutingTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    /// <summary>Rows 49 and 99.</summary>
    [Theory]
    [InlineData("a.*.b", "a..b", true)]
    [InlineData("*.a", ".a", true)]
    [InlineData("a.*", "a.", true)]
    [InlineData("*", "a.", false)]
    [InlineData("#.a", "a.", false)]
    [InlineData("#", "", true)]
    [InlineData("#.#", "", true)]
    [InlineData("", "", true)]
    [InlineData("*", "", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a.b", false)]
    [InlineData("#", "a.b.c", true)]
    [InlineData("a.#", "a", true)]
    [InlineData("a.#.z", "a.z", true)]
    [InlineData("a.#.z", "a.b.c.z", true)]
    [InlineData("a.#.z", "a.b.c.y", false)]
    [InlineData("#.*", "a", true)]
    [InlineData("#.*.#", "", false)]
    [InlineData("stock.#.nyse", "stock.usd.nyse", true)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a.bc", false)]
    public void Topic_keys_match(string pattern, string key, bool expected)
    {
        Assert.Equal(expected, Matches(pattern.Split('.'), key));
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.topic", pattern);
        _channel.Publish("x", key, "amq.topic");
        Assert.Equal(expected ? 1 : 0, _broker.Queue("q").Ready);
        _channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind("q", "amq.topic", pattern));
        _channel.Publish("x", key, "amq.topic");
        Assert.Equal(expected ? 1 : 0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Many_hashes_in_a_key_do_not_make_the_walk_long()
    {
        _channel.DeclareQueue("q");
        _channel.Bind("q", "amq.topic", string.Join('.', Enumerable.Repeat("#.a", 60)) + ".b");
        _channel.Publish("x", string.Join('.', Enumerable.Repeat("a", 120)), "amq.topic");
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Topic_routes_as_the_naive_model_does()
    {
        var word = Gen.Elements("a", "b", "*", "#", "");
        var keyWord = Gen.Elements("a", "b", "c", "");
        var patterns = word.ListOf().Select(words => string.Join('.', words)).ListOf().Where(list => list.Count <= 8);
        var keys = keyWord.ListOf().Select(words => string.Join('.', words)).ListOf();
        var changes = Gen.Choose(0, 7).ListOf();
        var all = patterns.SelectMany(p => keys, (p, k) => (p, k)).SelectMany(t => changes, (t, c) => (t.p, t.k, c));
        Prop.ForAll(all.ToArbitrary(), t => RoutesAsModel([.. t.p], [.. t.k], [.. t.c])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Headers_match_all_or_any()
    {
        var message = FieldTable.Create(("a", 1), ("b", "x"), ("x-c", true));
        AssertHeaders(true, message, ("a", 1L), ("b", "x"));
        AssertHeaders(false, message, ("a", 1), ("b", "y"));
        AssertHeaders(true, message, ("x-match", "any"), ("a", 2), ("b", "x"));
        AssertHeaders(false, message, ("x-match", "any"), ("a", 2), ("b", "y"));
        AssertHeaders(true, message, ("x-match", "all"), ("x-c", false));
        AssertHeaders(false, message, ("x-match", "all-with-x"), ("x-c", false));
        AssertHeaders(true, message, ("x-match", "any-with-x"), ("x-c", true));
        AssertHeaders(false, message, ("x-match", "any"), ("x-c", true));
        AssertHeaders(true, message, ("a", null));
        AssertHeaders(false, message, ("z", null));
        AssertHeaders(false, message, ("a", "1"));
        AssertHeaders(true, message);
        AssertHeaders(false, message, ("x-match", "any"));
        AssertHeaders(true, default, ("x-match", "all"));
        AssertHeaders(false, default, ("a", 1));
    }

    [Fact]
    public void V57_headers_route_as_the_naive_model_does()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            using var broker = new EngineHarness();
            var channel = broker.OpenChannel();
            var bindings = Enumerable.Range(0, 12).Select(_ => RandomFields(random, isBinding: true)).ToList();
            for (var i = 0; i < bindings.Count; i++)
            {
                channel.DeclareQueue($"q{i}");
                channel.Bind($"q{i}", "amq.headers", "", FieldTable.Create([.. bindings[i]]));
            }
            var unbound = random.Next(bindings.Count);
            channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind($"q{unbound}", "amq.headers", "", FieldTable.Create([.. bindings[unbound]])));
            var messages = Enumerable.Range(0, 10).Select(_ => RandomFields(random, isBinding: false)).ToList();
            foreach (var message in messages)
                channel.Publish("x", "", "amq.headers", properties: new BasicProperties { Headers = FieldTable.Create([.. message]) });
            for (var i = 0; i < bindings.Count; i++)
            {
                var expected = i == unbound ? 0 : messages.Count(message => Accepts(bindings[i], message));
                Assert.True(expected == broker.Queue($"q{i}").Ready, $"seed {seed}: {string.Join(", ", bindings[i])} took {broker.Queue($"q{i}").Ready}, not {expected}");
            }
        }
    }

    /// <summary>Row 101.</summary>
    [Fact]
    public void B100_Row_101_an_x_match_nobody_knows_closes_the_channel()
    {
        _channel.DeclareQueue("q");
        _channel.Send(new QueueBind("q", "amq.headers", "", false, FieldTable.Create(("x-match", "zzz"))));
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed,
            "Invalid x-match field value <<\"zzz\">>; expected all, any, all-with-x, or any-with-x",
            MethodId.QueueBind);
        _channel = _channel.Connection.OpenChannel(1);
        _channel.Send(new QueueBind("q", "amq.headers", "", false, FieldTable.Create(("x-match", 5))));
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed, "Invalid x-match field type signedint (value 5); expected longstr", MethodId.QueueBind);
    }

    private static List<(string, object?)> RandomFields(Random random, bool isBinding)
    {
        object?[] values = [1, 1L, (short)2, 2.5, "1", "x", true, null];
        var fields = new List<(string, object?)>();
        string[] matches = ["all", "any", "all-with-x", "any-with-x"];
        if (isBinding && random.Next(4) > 0)
            fields.Add(("x-match", matches[random.Next(matches.Length)]));
        foreach (var name in new[] { "a", "b", "c", "x-d" })
        {
            if (random.Next(2) == 0)
                fields.Add((name, values[random.Next(values.Length)]));
        }
        return fields;
    }

    // The naive model, straight from the definition.
    private static bool Accepts(List<(string Name, object? Value)> binding, List<(string Name, object? Value)> message)
    {
        var match = binding.Find(field => field.Name == "x-match").Value as string ?? "all";
        var conditions = binding.Where(field => field.Name != "x-match" && (match.EndsWith("-with-x", StringComparison.Ordinal) || !field.Name.StartsWith("x-", StringComparison.Ordinal)));
        bool IsMet((string Name, object? Value) condition) => message.Any(field => field.Name == condition.Name && (condition.Value is null || AreEqual(condition.Value, field.Value)));
        return match.StartsWith("any", StringComparison.Ordinal) ? conditions.Any(IsMet) : conditions.All(IsMet);
    }

    private static bool AreEqual(object wanted, object? value) =>
        wanted is int or long or short && value is int or long or short ? Convert.ToInt64(wanted) == Convert.ToInt64(value) : Equals(wanted, value);

    private static bool RoutesAsModel(string[] patterns, string[] keys, int[] removed)
    {
        using var broker = new EngineHarness();
        var channel = broker.OpenChannel();
        for (var i = 0; i < patterns.Length; i++)
        {
            channel.DeclareQueue($"q{i}");
            channel.Bind($"q{i}", "amq.topic", patterns[i]);
        }
        foreach (var i in removed.Where(i => i < patterns.Length))
            channel.Ask<QueueUnbind, QueueUnbindOk>(new QueueUnbind($"q{i}", "amq.topic", patterns[i]));
        foreach (var key in keys)
            channel.Publish("x", key, "amq.topic");
        return Enumerable.Range(0, patterns.Length).All(i =>
            broker.Queue($"q{i}").Ready == (removed.Contains(i) ? 0 : keys.Count(key => Matches(patterns[i].Split('.'), key))));
    }

    // The naive model, straight from the definition.
    private static bool Matches(string[] pattern, string key) =>
        Matches(pattern is [""] ? [] : pattern, key.Length == 0 ? [] : key.Split('.'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words) => pattern switch
    {
        [] => words.IsEmpty,
        ["#", .. var rest] => Matches(rest, words) || (!words.IsEmpty && Matches(pattern, words[1..])),
        [var first, .. var rest] => !words.IsEmpty && (first == "*" || first == words[0]) && Matches(rest, words[1..]),
    };

    private void AssertHeaders(bool expected, FieldTable message, params (string, object?)[] arguments)
    {
        var queue = _channel.DeclareQueue();
        _channel.Bind(queue, "amq.headers", "", FieldTable.Create(arguments));
        var properties = message.IsEmpty ? BasicProperties.Empty : new BasicProperties { Headers = message };
        _channel.Publish("x", "any key", "amq.headers", properties: properties);
        var text = new StringBuilder().AppendJoin(", ", arguments).ToString();
        Assert.True(expected == (_channel.Get(queue) is not null), $"Expected {expected} for {text}.");
        _channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete(queue));
    }
}
