using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

/// <summary>Rows 19 and 22: connections as an operator sees them, and how one is closed.</summary>
public sealed class OperatorTests
{
    private static readonly FieldTable s_named = FieldTable.Create(
        ("connection_name", "orders\u001b[31m"), ("capabilities", FieldTable.Create(("connection.blocked", true))));

    private readonly BrokerBench _bench = new();

    [Fact]
    public void Row_19_One_connection_is_closed_with_320_and_the_operators_reason()
    {
        var (doomed, other) = (_bench.Open(), _bench.Open());

        Assert.True(_bench.Turn.Operations.CloseConnection(doomed.Name, "Closed via management plugin"));

        var close = doomed.Read<ConnectionClose>();
        Assert.Equal((320, "CONNECTION_FORCED - Closed via management plugin"), (close.ReplyCode, close.ReplyText.ToString()));
        Assert.Equal((0, 0), (close.FaultClassId, close.FaultMethodId));
        Assert.Equal(ConnectionStatus.Closing, Of(doomed).Status);
        Assert.False(_bench.Turn.Operations.CloseConnection(doomed.Name, "again"));
        Assert.False(_bench.Turn.Operations.CloseConnection("nobody", "there"));
        doomed.WriteMethod(0, default(ConnectionCloseOk));
        Assert.True(doomed.IsShut);
        Assert.True(other.IsAtEnd);
        Assert.Contains(_bench.Log.Lines, line => line == $"{doomed.Name}: closed by an operator: Closed via management plugin");
    }

    [Fact]
    public void Row_19_A_reason_is_cut_to_what_a_reply_text_holds()
    {
        var peer = _bench.Open();
        _bench.Turn.Operations.CloseConnection(peer.Name, new string('x', 1000));
        Assert.Equal(255, peer.Read<ConnectionClose>().ReplyText.Length);
    }

    [Fact]
    public void Row_19_One_that_has_not_logged_in_ends_without_a_word()
    {
        var peer = _bench.Greet();
        Assert.True(_bench.Turn.Operations.CloseConnection(peer.Name, "no"));
        Assert.True(peer.IsAborted);
        Assert.True(peer.IsAtEnd);
    }

    [Fact]
    public void Row_19_One_that_is_blocked_is_read_again_for_its_answer()
    {
        var peer = OpenNamed();
        Block(peer);

        _bench.Turn.Operations.CloseConnection(peer.Name, "go");

        Assert.Equal(320, peer.Read<ConnectionClose>().ReplyCode);
        peer.WriteMethod(0, default(ConnectionCloseOk));
        Assert.True(peer.IsShut);
    }

    [Fact]
    public void Row_22_The_snapshot_and_the_log_name_connections_as_their_clients_do()
    {
        var waiting = _bench.Greet();
        var plain = _bench.Open();
        var named = OpenNamed();

        Assert.Equal(new ConnectionSnapshot(waiting.Name, "", "", "", ConnectionStatus.Starting, default), Of(waiting));
        Assert.Equal(new ConnectionSnapshot(plain.Name, "", "guest", "/", ConnectionStatus.Running, default), Of(plain));
        var snapshot = Of(named);
        Assert.Equal("orders\u001b[31m", snapshot.ClientName);
        Assert.True(snapshot.ClientProperties.TryGet("capabilities"u8, out _));
        Assert.Contains($"{named.Name} - orders\\u001b[31m: opened by user 'guest'", _bench.Log.Lines);
        Assert.Contains($"{plain.Name}: opened by user 'guest'", _bench.Log.Lines);
    }

    [Fact]
    public void Row_22_The_snapshot_says_who_is_blocked_and_who_does_not_read()
    {
        var bench = new BrokerBench(new BrokerOptions { OutboundLimit = 100 });
        var slow = bench.OpenChannel();
        slow.Window = 0;
        for (var i = 0; i < 100; i++)
            slow.WriteMethod(1, new BasicQos());
        Assert.Equal(ConnectionStatus.Flow, Assert.Single(bench.Turn.Operations.Connections()).Status);

        var blocked = OpenNamed();
        Block(blocked);
        Assert.Equal(ConnectionStatus.Blocked, Of(blocked).Status);
    }

    private void Block(RawPeer peer)
    {
        _bench.Turn.Operations.RaiseAlarm(Alarms.Memory);
        using var frames = new FrameBuffer();
        frames.WriteMethod(1, default(ChannelOpen));
        frames.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, "m"u8, 131072);
        peer.Write(frames.WrittenSpan);
        peer.Read<ChannelOpenOk>();
        peer.Read<ConnectionBlocked>();
    }

    private ConnectionSnapshot Of(RawPeer peer) => Assert.Single(_bench.Turn.Operations.Connections(), connection => connection.Name == peer.Name);

    private RawPeer OpenNamed()
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, BrokerBench.Plain("guest", "guest", s_named));
        peer.Read<ConnectionTune>();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();
        return peer;
    }
}
