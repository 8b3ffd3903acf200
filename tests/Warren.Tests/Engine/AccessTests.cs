using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>What a user may do that may not do everything. The user here may touch what begins with "my".</summary>
public sealed class AccessTests : IDisposable
{
    private static readonly Authority OnlyMine = Only("^my");

    private readonly EngineHarness _broker = new();

    private static readonly (string What, string Refused, MethodId Method, Action<TestChannel> Try)[] Refusals =
    [
        ("queue.declare", "configure access to queue 'q' in vhost '/'", MethodId.QueueDeclare, c => c.Send(new QueueDeclare("q"))),
        ("queue.declare passive", "configure access to queue 'q' in vhost '/'", MethodId.QueueDeclare, c => c.Send(new QueueDeclare("q", Passive: true))),
        ("queue.declare with dead letters", "write access to exchange 'x' in vhost '/'", MethodId.QueueDeclare,
            c => c.Send(new QueueDeclare("my-new", Arguments: FieldTable.Create(("x-dead-letter-exchange", "x"))))),
        ("queue.declare with dead letters to the default exchange", "write access to exchange 'amq.default' in vhost '/'", MethodId.QueueDeclare,
            c => c.Send(new QueueDeclare("my-new", Arguments: FieldTable.Create(("x-dead-letter-exchange", ""))))),
        ("queue.delete", "configure access to queue 'q' in vhost '/'", MethodId.QueueDelete, c => c.Send(new QueueDelete("q"))),
        ("queue.purge", "read access to queue 'q' in vhost '/'", MethodId.QueuePurge, c => c.Send(new QueuePurge("q"))),
        ("queue.bind to", "write access to queue 'q' in vhost '/'", MethodId.QueueBind, c => c.Send(new QueueBind("q", "myx", "k"))),
        ("queue.bind from", "read access to exchange 'x' in vhost '/'", MethodId.QueueBind, c => c.Send(new QueueBind("my", "x", "k"))),
        ("queue.unbind to", "write access to queue 'q' in vhost '/'", MethodId.QueueUnbind, c => c.Send(new QueueUnbind("q", "myx", "k"))),
        ("queue.unbind from", "read access to exchange 'x' in vhost '/'", MethodId.QueueUnbind, c => c.Send(new QueueUnbind("my", "x", "k"))),
        ("exchange.declare", "configure access to exchange 'x' in vhost '/'", MethodId.ExchangeDeclare, c => c.Send(new ExchangeDeclare("x", "direct"))),
        ("exchange.declare passive", "configure access to exchange 'x' in vhost '/'", MethodId.ExchangeDeclare,
            c => c.Send(new ExchangeDeclare("x", "direct", Passive: true))),
        ("exchange.declare with alternate", "write access to exchange 'x' in vhost '/'", MethodId.ExchangeDeclare,
            c => c.Send(new ExchangeDeclare("my-new", "direct", Arguments: FieldTable.Create(("alternate-exchange", "x"))))),
        ("exchange.delete", "configure access to exchange 'x' in vhost '/'", MethodId.ExchangeDelete, c => c.Send(new ExchangeDelete("x"))),
        ("exchange.bind to", "write access to exchange 'x' in vhost '/'", MethodId.ExchangeBind, c => c.Send(new ExchangeBind("x", "myx", "k"))),
        ("exchange.bind from", "read access to exchange 'x' in vhost '/'", MethodId.ExchangeBind, c => c.Send(new ExchangeBind("myx", "x", "k"))),
        ("exchange.unbind to", "write access to exchange 'x' in vhost '/'", MethodId.ExchangeUnbind, c => c.Send(new ExchangeUnbind("x", "myx", "k"))),
        ("exchange.unbind from", "read access to exchange 'x' in vhost '/'", MethodId.ExchangeUnbind, c => c.Send(new ExchangeUnbind("myx", "x", "k"))),
        ("basic.get", "read access to queue 'q' in vhost '/'", MethodId.BasicGet, c => c.Send(new BasicGet("q"))),
        ("basic.consume", "read access to queue 'q' in vhost '/'", MethodId.BasicConsume, c => c.Send(new BasicConsume("q"))),
        ("basic.publish", "write access to exchange 'x' in vhost '/'", MethodId.BasicPublish, c => c.Publish("m", "k", "x")),
        ("basic.publish to the default exchange", "write access to exchange 'amq.default' in vhost '/'", MethodId.BasicPublish, c => c.Publish("m", "my")),
    ];

    public static TheoryData<string> Methods { get; } = [.. Refusals.Select(refusal => refusal.What)];

    public void Dispose() => _broker.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void V06_B87_Row_153_Row_104_Row_138_whoever_has_no_permission_is_refused_and_does_not_learn_what_there_is(string what)
    {
        var (_, refused, method, attempt) = Refusals.Single(refusal => refusal.What == what);
        var owner = _broker.OpenChannel();
        owner.DeclareQueue("my");
        owner.DeclareExchange("myx", "fanout");
        var limited = _broker.Connect(user: "u", authority: OnlyMine);

        attempt(limited.OpenChannel(1));
        new TestChannel(limited, 1).ExpectClose(ReplyCode.AccessRefused, $"{refused} refused for user 'u'", method);

        owner.DeclareQueue("q");
        owner.DeclareExchange("x", "fanout");
        attempt(limited.OpenChannel(2));
        new TestChannel(limited, 2).ExpectClose(ReplyCode.AccessRefused, $"{refused} refused for user 'u'", method);
        Assert.False(_broker.QueueExists("my-new"));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Row_153_older_profiles_do_not_name_the_permission(string what)
    {
        using var old = new EngineHarness(new EngineOptions { Profile = Profile.V310 });
        var (_, refused, method, attempt) = Refusals.Single(refusal => refusal.What == what);
        var owner = old.OpenChannel();
        owner.DeclareQueue("my");
        owner.DeclareExchange("myx", "fanout");
        var channel = old.Connect(user: "u", authority: OnlyMine).OpenChannel();

        attempt(channel);

        if (what.EndsWith("passive", StringComparison.Ordinal)) // They do not ask.
            Assert.StartsWith("NOT_FOUND", channel.Expect<ChannelClose>().ReplyText.ToString(), StringComparison.Ordinal);
        else
            channel.ExpectClose(ReplyCode.AccessRefused, $"{refused[refused.IndexOf("access", StringComparison.Ordinal)..]} refused for user 'u'", method);
    }

    [Fact]
    public void What_is_permitted_works_as_for_everybody()
    {
        var channel = _broker.Connect(user: "u", authority: OnlyMine).OpenChannel();
        channel.DeclareExchange("myx", "topic", arguments: FieldTable.Create(("alternate-exchange", "my-other")));
        channel.DeclareQueue("my", arguments: FieldTable.Create(("x-dead-letter-exchange", "myx")));
        channel.Bind("my", "myx", "#");
        channel.Publish("a", "k", "myx");
        channel.Publish("b", "k", "myx");
        channel.Consume("my", noAck: true);
        channel.ExpectDelivery("a");
        channel.ExpectDelivery("b");
        channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("my"));
    }

    [Theory]
    [InlineData("^q$", "", "")]
    [InlineData("", "^q$", "")]
    [InlineData("", "", "^q$")]
    public void V06_any_permission_is_enough_for_a_passive_declare(string configure, string write, string read)
    {
        _broker.OpenChannel().DeclareQueue("q");
        var authority = new Authority(new AccessPattern(configure), new AccessPattern(write), new AccessPattern(read));
        var channel = _broker.Connect(authority: authority).OpenChannel();
        channel.Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare("q", Passive: true));
    }

    [Fact]
    public void Row_153_a_pattern_matches_anywhere_and_the_empty_one_nothing()
    {
        var channel = _broker.Connect(user: "u", authority: new Authority(new AccessPattern("b+"), AccessPattern.Nothing, AccessPattern.Nothing)).OpenChannel();
        channel.DeclareQueue("abbc");
        channel.Send(new QueuePurge("abbc"));
        channel.ExpectClose(ReplyCode.AccessRefused, "read access to queue 'abbc' in vhost '/' refused for user 'u'", MethodId.QueuePurge);
    }

    [Fact]
    public void Row_104_a_topic_permission_is_asked_for_every_key()
    {
        var owner = _broker.OpenChannel();
        owner.DeclareExchange("t", "topic");
        owner.DeclareExchange("d", "direct");
        owner.DeclareQueue("q");
        var topics = new TopicAuthority("t", new AccessPattern("^w\\."), new AccessPattern("^r\\."));
        var connection = _broker.Connect(
            user: "u", authority: new Authority(AccessPattern.Everything, AccessPattern.Everything, AccessPattern.Everything) { Topics = [topics] });
        var channel = connection.OpenChannel();
        channel.Bind("q", "t", "r.#");
        channel.Bind("q", "d", "anything");
        channel.Publish("a", "anything", "d");
        channel.Publish("b", "w.1", "t", properties: new BasicProperties { Headers = FieldTable.Create(("CC", new[] { "w.2" })) });
        channel.ExpectNothing();

        Refuse("write access to topic 'x' in exchange 't' in vhost '/'", MethodId.BasicPublish, c => c.Publish("c", "x", "t"));
        foreach (var header in (string[])["CC", "BCC"])
        {
            Refuse("write access to topic 'x' in exchange 't' in vhost '/'", MethodId.BasicPublish, c => c.Publish(
                "c", "w.1", "t", properties: new BasicProperties { Headers = FieldTable.Create((header, new[] { "w.3", "x" })) }));
        }
        Refuse("read access to topic '#' in exchange 't' in vhost '/'", MethodId.QueueBind, c => c.Send(new QueueBind("q", "t", "#")));
        Refuse("read access to topic '#' in exchange 't' in vhost '/'", MethodId.QueueUnbind, c => c.Send(new QueueUnbind("q", "t", "#")));
        Refuse("read access to topic '#' in exchange 't' in vhost '/'", MethodId.ExchangeBind, c => c.Send(new ExchangeBind("d", "t", "#")));

        void Refuse(string what, MethodId method, Action<TestChannel> attempt)
        {
            var other = connection.OpenChannel(2);
            attempt(other);
            other.ExpectClose(ReplyCode.AccessRefused, $"{what} refused for user 'u'", method);
        }
    }

    [Fact]
    public void V18_what_is_revoked_is_refused_though_it_was_allowed_a_moment_ago()
    {
        var connection = _broker.Connect(user: "u", authority: OnlyMine);
        var channel = connection.OpenChannel();
        channel.DeclareExchange("myx", "fanout");
        channel.Publish("a", "k", "myx");
        channel.ExpectNothing();

        _broker.Step(Command.AuthorityChanged(connection.Id, Only("^other")));
        channel.Publish("a", "k", "myx");

        channel.ExpectClose(ReplyCode.AccessRefused, "write access to exchange 'myx' in vhost '/' refused for user 'u'", MethodId.BasicPublish);
    }

    [Fact]
    public void V18_consumers_end_when_their_queue_may_not_be_read_any_more()
    {
        var connection = _broker.Connect(user: "u", authority: OnlyMine);
        var channel = connection.OpenChannel();
        channel.DeclareQueue("my-1");
        channel.DeclareQueue("my-2");
        channel.DeclareQueue("my-gone", autoDelete: true);
        channel.Consume("my-1", "kept");
        channel.Consume("my-2", "ended");
        channel.Consume("my-gone", "last");
        channel.Consume("my-gone", "last but one");

        _broker.Step(Command.AuthorityChanged(connection.Id, Only("^my-1$")));

        Assert.Equal("ended", channel.Expect<BasicCancel>().ConsumerTag.ToString());
        Assert.Equal("last", channel.Expect<BasicCancel>().ConsumerTag.ToString());
        Assert.Equal("last but one", channel.Expect<BasicCancel>().ConsumerTag.ToString());
        channel.ExpectNothing();
        Assert.Equal((1, 0), (_broker.Queue("my-1").Consumers, _broker.Queue("my-2").Consumers));
        Assert.False(_broker.QueueExists("my-gone"));
        var owner = _broker.OpenChannel();
        owner.Publish("to nobody", "my-2");
        owner.Publish("to the other", "my-1");
        channel.ExpectDelivery("to the other", consumer: "kept");
        Assert.Equal(1, _broker.Queue("my-2").Ready);
    }

    [Fact]
    public void V18_a_permission_that_comes_holds_for_the_open_connection()
    {
        var connection = _broker.Connect(user: "u", authority: Authority.None);
        var channel = connection.OpenChannel();
        _broker.Step(Command.AuthorityChanged(connection.Id, Authority.Unlimited));
        channel.DeclareQueue("any");
    }

    [Fact]
    public void Row_112_an_impersonator_publishes_in_the_name_of_others()
    {
        var owner = _broker.OpenChannel();
        owner.DeclareQueue("q");
        var impersonator = new Authority(AccessPattern.Everything, AccessPattern.Everything, AccessPattern.Everything) { MayImpersonate = true };
        _broker.Connect(authority: impersonator).OpenChannel().Publish("x", "q", properties: new BasicProperties { UserId = "bob" });
        Assert.Equal("bob", owner.Get("q")!.Value.Content.Properties.UserId.ToString());
    }

    [Fact]
    public void Row_48_the_channels_of_a_user_are_counted_over_all_its_connections()
    {
        var quota = new ChannelQuota { Limit = 2 };
        var one = _broker.Connect(user: "u", quota: quota);
        var other = _broker.Connect(user: "u", quota: quota);
        one.OpenChannel();
        var channel = other.OpenChannel();

        one.Send(2, default(ChannelOpen));
        one.ExpectClose(ReplyCode.NotAllowed, "number of channels opened for user 'u' has reached the maximum allowed user limit of (2)");

        Assert.Equal(1, quota.Open);
        other.OpenChannel(2);
        channel.Close();
        other.OpenChannel();
        other.Lose();
        Assert.Equal(0, quota.Open);
    }

    [Fact]
    public void Row_75_a_virtual_host_holds_no_more_queues_than_its_limit()
    {
        var channel = _broker.OpenChannel();
        channel.DeclareQueue("a");
        _broker.Step(Command.LimitsChanged(2));
        channel.DeclareQueue("b");
        channel.DeclareQueue("a"); // It is there already.

        channel.Send(new QueueDeclare("c"));
        channel.ExpectClose(ReplyCode.PreconditionFailed, "cannot declare queue 'c': queue limit in vhost '/' (2) is reached", MethodId.QueueDeclare);

        channel = channel.Connection.OpenChannel(2);
        channel.Ask<QueueDelete, QueueDeleteOk>(new QueueDelete("a"));
        channel.DeclareQueue("c");
        _broker.Step(Command.LimitsChanged(null));
        channel.DeclareQueue("d");
    }

    [Theory]
    [InlineData("(a)\\1", "backtracking")]
    [InlineData("(?=a)b", "backtracking")]
    [InlineData("(?<!a)b", "backtracking")]
    [InlineData("(", "no regular expression")]
    [InlineData("a++", "no regular expression")]
    [InlineData("[[:alpha:]]+", "POSIX")]
    [InlineData("((a{100}){100}){100}", "repeats too much")]
    [InlineData("a{99999999999999999999}", "repeats too much")]
    public void V09_a_pattern_that_could_be_slow_or_mean_something_else_is_refused(string pattern, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => new AccessPattern(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void V09_a_pattern_has_at_most_1024_characters()
    {
        _ = new AccessPattern(new string('a', 1024));
        Assert.Throws<FormatException>(() => new AccessPattern(new string('a', 1025)));
    }

    [Fact]
    public void V09_a_pattern_that_would_backtrack_for_ever_does_not()
    {
        var pattern = new AccessPattern("(a+)+$");
        byte[] name = [.. Enumerable.Repeat((byte)'a', 200), (byte)'!'];
        for (var i = 0; i < 10_000; i++)
            Assert.False(pattern.Matches(name));
    }

    [Fact]
    public void V07_a_name_in_a_topic_pattern_matches_only_itself()
    {
        foreach (var name in (string[])[".*", "a|b", "a-z", "[x]", "^", "$", "\\w", "(?i)a", "{1}", "\u00e9\U0001F600", "]", "#"])
            Check(name, [name + "x", "x" + name, "m", ""]);
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        const string Alphabet = "ab.*+?()[]{}|\\^$-#zA09 ,:";
        for (var i = 0; i < 20_000; i++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var other = string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            Check(name, [other]);
        }

        static void Check(string name, string[] others)
        {
            var whole = TopicAuthority.Expand("^{username}$", name, "v");
            Assert.True(whole.Matches(System.Text.Encoding.UTF8.GetBytes(name)), name);
            foreach (var other in others)
                Assert.Equal(other == name, whole.Matches(System.Text.Encoding.UTF8.GetBytes(other)));
            var inBrackets = TopicAuthority.Expand("^[{vhost}]$", "u", name);
            foreach (var c in "abm.-z^]")
                Assert.Equal(name.Contains(c, StringComparison.Ordinal), inBrackets.Matches([(byte)c]));
        }
    }

    private static Authority Only(string pattern) => new(new AccessPattern(pattern), new AccessPattern(pattern), new AccessPattern(pattern));
}
