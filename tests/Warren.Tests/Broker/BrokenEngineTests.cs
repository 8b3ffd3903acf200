using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Tests.Broker;

public sealed class BrokenEngineTests
{
    [Fact]
    public void An_exception_in_the_engine_ends_one_connection_with_541_and_is_logged_as_critical()
    {
        var entropy = new FailingEntropy();
        var bench = new BrokerBench(new BrokerOptions { Entropy = entropy });
        var bystander = bench.OpenChannel();
        var peer = bench.OpenChannel();
        peer.WriteMethod(1, new QueueDeclare("mine", Exclusive: true));
        peer.Read<QueueDeclareOk>();

        entropy.Failure = new InvalidOperationException("nothing is random any more");
        peer.WriteMethod(1, new QueueDeclare(""));
        entropy.Failure = null;

        var close = peer.Read<ConnectionClose>();
        Assert.Equal((541, "INTERNAL_ERROR"), (close.ReplyCode, close.ReplyText.ToString()));
        Assert.Equal((0, 0), (close.FaultClassId, close.FaultMethodId));
        var (line, exception) = Assert.Single(bench.Log.Critical);
        Assert.Contains(peer.Name, line, StringComparison.Ordinal);
        Assert.Contains("nothing is random any more", exception!.ToString(), StringComparison.Ordinal);
        Assert.Contains("QueueClass", exception.StackTrace, StringComparison.Ordinal);
        bystander.WriteMethod(1, new QueueDeclare("mine"));
        bystander.Read<QueueDeclareOk>();
        peer.WriteMethod(0, default(ConnectionCloseOk));
        Assert.True(peer.IsShut);
    }

    [Fact]
    public void A_log_that_throws_ends_one_connection()
    {
        var bench = new BrokerBench();
        var bystander = bench.OpenChannel();
        var peer = bench.LogIn();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));

        bench.Log.Failing = line => line.Contains("opened by", StringComparison.Ordinal);
        peer.WriteMethod(0, new ConnectionOpen("/"));

        Assert.True(peer.IsAborted);
        Assert.Contains("the log is full", Assert.Single(bench.Log.Critical).Exception!.Message, StringComparison.Ordinal);
        bystander.WriteMethod(1, new QueueDeclare("q"));
        bystander.Read<QueueDeclareOk>();
        Assert.Equal(1, bench.Turn.PeerCount);
    }

    private sealed class FailingEntropy : IEntropy
    {
        public Exception? Failure { get; set; }

        public void Fill(Span<byte> octets)
        {
            if (Failure is not null)
                throw Failure;
            octets.Clear();
        }
    }
}
