using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

/// <summary>Users, permissions and limits that change while the broker runs.</summary>
public sealed class UserTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void Row_17_B22_a_user_without_permission_cannot_open_the_virtual_host()
    {
        _bench.VirtualHosts.Create("closed");
        AssertRefused(_bench.AskToOpen("closed"), "access to vhost 'closed' refused for user 'guest'");
        AssertRefused(_bench.AskToOpen("none"), "vhost none not found");
        AssertRefused(_bench.AskToOpen(new string('v', 255)), $"vhost {new string('v', 255)} not found");
    }

    [Fact]
    public void Row_153_a_user_made_while_the_broker_runs_logs_in_and_is_bound_to_its_permissions()
    {
        _bench.VirtualHosts.Create("v");
        _bench.Users.Put(new UserAccount("u"), "secret");
        _bench.Users.SetPermission(new UserPermission("u", "v", new AccessPattern("^q$"), AccessPattern.Nothing, AccessPattern.Nothing));

        var peer = _bench.OpenChannel("v", "u", "secret");

        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new BasicConsume("q"));
        Assert.Equal("ACCESS_REFUSED - read access to queue 'q' in vhost 'v' refused for user 'u'", peer.Read<ChannelClose>().ReplyText.ToString());
        AssertRefused(_bench.AskToOpen("/", "u", "secret"), "access to vhost '/' refused for user 'u'");
    }

    [Fact]
    public void Row_20_deleting_a_user_closes_its_connections_and_no_others()
    {
        _bench.Users.Put(new UserAccount("u"), "secret");
        _bench.Users.SetPermission(UserPermission.Everything("u", "/"));
        var first = _bench.OpenChannel("/", "u", "secret");
        var second = _bench.OpenChannel("/", "u", "secret");
        var logged = _bench.LogIn("u", "secret");
        var guest = _bench.OpenChannel("/");

        Assert.True(_bench.Users.Delete("u"));
        Assert.False(_bench.Users.Delete("u"));

        foreach (var peer in (RawPeer[])[first, second])
        {
            var close = peer.Read<ConnectionClose>();
            Assert.Equal((320, "CONNECTION_FORCED - user 'u' is deleted"), (close.ReplyCode, close.ReplyText.ToString()));
        }
        logged.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        logged.WriteMethod(0, new ConnectionOpen("/"));
        AssertRefused(logged, "access to vhost '/' refused for user 'u'");
        guest.WriteMethod(1, new QueueDeclare("q"));
        guest.Read<QueueDeclareOk>();
        var again = _bench.Greet();
        again.WriteMethod(0, BrokerBench.Plain("u", "secret", BrokerBench.CloseCapable));
        Assert.Equal(403, again.Read<ConnectionClose>().ReplyCode);
    }

    [Fact]
    public void Row_20_who_has_logged_in_before_the_user_was_deleted_and_made_anew_is_somebody_else()
    {
        var peer = _bench.LogIn();
        _bench.Users.Delete("guest");
        _bench.Users.Put(new UserAccount("guest"), "other");
        _bench.Users.SetPermission(UserPermission.Everything("guest", "/"));
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        AssertRefused(peer, "access to vhost '/' refused for user 'guest'");
    }

    [Fact]
    public void V18_a_permission_that_is_taken_away_cancels_the_consumer_and_refuses_the_next_publish()
    {
        var peer = _bench.Greet();
        var cancelCapable = FieldTable.Create(("capabilities", FieldTable.Create(("consumer_cancel_notify", true))));
        peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", cancelCapable));
        peer.Read<ConnectionTune>();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();
        peer.WriteMethod(1, default(ChannelOpen));
        peer.Read<ChannelOpenOk>();
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        peer.WriteMethod(1, new BasicConsume("q", "live"));
        peer.Read<BasicConsumeOk>();
        var elsewhere = _bench.CreateVirtualHost("other") ? _bench.OpenChannel("other") : null;

        Assert.True(_bench.Users.ClearPermission("guest", "/"));
        Assert.False(_bench.Users.ClearPermission("guest", "/"));

        Assert.Equal("live", peer.Read<BasicCancel>().ConsumerTag.ToString());
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, "x"u8, 131072);
        peer.Write(frames.WrittenSpan);
        Assert.Equal(
            "ACCESS_REFUSED - write access to exchange 'amq.default' in vhost '/' refused for user 'guest'", peer.Read<ChannelClose>().ReplyText.ToString());
        elsewhere!.WriteMethod(1, new QueueDeclare("q"));
        elsewhere.Read<QueueDeclareOk>();
    }

    [Fact]
    public void Row_24_V29_a_virtual_host_has_no_more_connections_than_its_limit()
    {
        _bench.VirtualHosts.SetLimits("/", new VirtualHostLimits { MaxConnections = 2 });
        var first = _bench.OpenChannel("/");
        _bench.OpenChannel("/");
        AssertRefused(_bench.AskToOpen("/"), "access to vhost '/' refused for user 'guest': connection limit (2) is reached");
        Assert.Equal(2, _bench.VirtualHosts.LimitsOf("/")!.MaxConnections);

        _bench.Turn.Lost(first);
        _bench.OpenChannel("/");
        _bench.VirtualHosts.SetLimits("/", VirtualHostLimits.None);
        _bench.OpenChannel("/");
    }

    [Fact]
    public void Row_24_V29_a_user_has_no_more_connections_than_its_limit_in_all_virtual_hosts_together()
    {
        _bench.CreateVirtualHost("other");
        _bench.Users.Put(_bench.Users.Find("guest")! with { MaxConnections = 2 });
        var first = _bench.OpenChannel("/");
        _bench.OpenChannel("other");
        AssertRefused(_bench.AskToOpen("/"), "connection refused for user 'guest': user connection limit (2) is reached");

        first.WriteMethod(0, new ConnectionClose(200, "bye"));
        first.Read<ConnectionCloseOk>();
        _bench.OpenChannel("/");
    }

    [Fact]
    public async Task V29_limits_hold_for_clients_in_the_process_too()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true });
        broker.VirtualHosts.SetLimits("/", new VirtualHostLimits { MaxConnections = 1 });
        Assert.Contains("\0\x0a\0\x29", Talk(), StringComparison.Ordinal); // connection.open-ok
        Assert.Contains("access to vhost '/' refused for user 'guest': connection limit (1) is reached", Talk(), StringComparison.Ordinal);

        string Talk()
        {
            var received = new System.Text.StringBuilder();
            var connection = broker.ConnectInProcess(octets => received.Append(System.Text.Encoding.Latin1.GetString(octets.Span)), _ => { });
            using var frames = new FrameBuffer();
            frames.WriteRaw(FrameBuffer.ProtocolHeader);
            frames.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
            frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
            frames.WriteMethod(0, new ConnectionOpen("/"));
            connection.Write(frames.WrittenSpan);
            return received.ToString();
        }
    }

    [Fact]
    public void Row_48_Row_75_limits_of_channels_and_queues_reach_open_connections()
    {
        var peer = _bench.OpenChannel("/");
        peer.WriteMethod(1, new QueueDeclare("q"));
        peer.Read<QueueDeclareOk>();
        _bench.VirtualHosts.SetLimits("/", new VirtualHostLimits { MaxQueues = 1 });
        _bench.Users.Put(_bench.Users.Find("guest")! with { MaxChannels = 1 });

        peer.WriteMethod(1, new QueueDeclare("r"));
        Assert.Equal(
            "PRECONDITION_FAILED - cannot declare queue 'r': queue limit in vhost '/' (1) is reached", peer.Read<ChannelClose>().ReplyText.ToString());
        peer.WriteMethod(1, default(ChannelCloseOk));
        peer.WriteMethod(2, default(ChannelOpen));
        peer.Read<ChannelOpenOk>();
        peer.WriteMethod(3, default(ChannelOpen));
        AssertRefused(peer, "number of channels opened for user 'guest' has reached the maximum allowed user limit of (1)", 0);
    }

    [Fact]
    public void Row_112_the_tag_impersonator_comes_and_goes()
    {
        var peer = _bench.OpenChannel("/");
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", "q"), new BasicProperties { UserId = "bob" }, "x"u8, 131072);
        _bench.Users.Put(_bench.Users.Find("guest")! with { Tags = ["impersonator"] });
        peer.Write(frames.WrittenSpan);
        Assert.True(peer.IsAtEnd);

        _bench.Users.Put(_bench.Users.Find("guest")! with { Tags = [] });
        peer.Write(frames.WrittenSpan);

        Assert.Equal(
            "PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'", peer.Read<ChannelClose>().ReplyText.ToString());
    }

    [Fact]
    public void Everything_can_be_listed_and_put_into_another_broker()
    {
        _bench.VirtualHosts.Create("v");
        _bench.Users.Put(new UserAccount("u") { Tags = ["monitoring"], MaxChannels = 3 }, "secret");
        _bench.Users.SetPermission(new UserPermission("u", "v", new AccessPattern("a"), new AccessPattern("b"), new AccessPattern("c")));
        _bench.Users.SetTopicPermission(new TopicPermission("u", "v", "amq.topic", "^{username}\\.", "^r"));
        Assert.Equal(["/", "v"], _bench.VirtualHosts.Names);

        var other = new BrokerBench(new BrokerOptions { Users = [] });
        foreach (var name in _bench.VirtualHosts.Names)
            other.VirtualHosts.Create(name);
        foreach (var user in _bench.Users.List())
            other.Users.Put(user);
        foreach (var permission in _bench.Users.Permissions())
            other.Users.SetPermission(permission);
        foreach (var permission in _bench.Users.TopicPermissions())
            other.Users.SetTopicPermission(permission);

        Assert.Equal(_bench.Users.List(), other.Users.List());
        Assert.Equal(_bench.Users.Permissions(), other.Users.Permissions());
        Assert.Equal(_bench.Users.TopicPermissions(), other.Users.TopicPermissions());
        Assert.Equal(["guest", "u"], other.Users.List().Select(user => user.Name));
        other.OpenChannel("v", "u", "secret");
        other.OpenChannel("/");
    }

    [Fact]
    public void A_permission_needs_its_user_and_its_virtual_host()
    {
        Assert.Throws<KeyNotFoundException>(() => _bench.Users.SetPermission(UserPermission.Everything("nobody", "/")));
        Assert.Throws<KeyNotFoundException>(() => _bench.Users.SetPermission(UserPermission.Everything("guest", "none")));
        Assert.Throws<KeyNotFoundException>(() => _bench.VirtualHosts.SetLimits("none", VirtualHostLimits.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VirtualHostLimits { MaxQueues = -1 });
        Assert.Throws<FormatException>(() => new TopicPermission("guest", "/", "amq.topic", "(", ""));
        Assert.Throws<ArgumentException>(() => new UserAccount(new string('u', 256)));
        Assert.Throws<ArgumentException>(() => _bench.VirtualHosts.Create(""));
    }

    [Fact]
    public void The_permissions_of_a_virtual_host_end_with_it()
    {
        _bench.CreateVirtualHost("v");
        Assert.True(_bench.VirtualHosts.Delete("v"));
        Assert.True(_bench.VirtualHosts.Create("v"));
        AssertRefused(_bench.AskToOpen("v"), "access to vhost 'v' refused for user 'guest'");
        Assert.Equal(["/"], _bench.Users.Permissions().Select(permission => permission.VirtualHost));
    }

    private static void AssertRefused(RawPeer peer, string text, int method = 40)
    {
        var close = peer.Read<ConnectionClose>();
        Assert.Equal(ReplyCode.NotAllowed.ReplyText(text).ToString(), close.ReplyText.ToString());
        Assert.Equal((530, method), (close.ReplyCode, close.FaultMethodId));
    }
}
