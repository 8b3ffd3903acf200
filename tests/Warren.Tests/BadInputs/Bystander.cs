using Warren.Amqp;
using Warren.Tests.Broker;

namespace Warren.Tests.BadInputs;

/// <summary>Somebody who does nothing wrong: it publishes to its own queue and consumes from it, whatever others do.</summary>
internal sealed class Bystander
{
    private readonly RawPeer _peer;
    private ulong _sent;

    public Bystander(BrokerBench bench)
    {
        _peer = bench.OpenChannel();
        _peer.WriteMethod(1, new ConfirmSelect());
        _peer.Read<ConfirmSelectOk>();
        _peer.WriteMethod(1, new QueueDeclare("bystander", Exclusive: true));
        _peer.Read<QueueDeclareOk>();
        _peer.WriteMethod(1, new BasicConsume("bystander", NoAck: true));
        _peer.Read<BasicConsumeOk>();
    }

    /// <summary>Publishes a message, and gets it and its confirm and nothing else.</summary>
    public void Work()
    {
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish("", "bystander"), BasicProperties.Empty, [(byte)++_sent], 131072);
        _peer.Write(frames.WrittenSpan);

        Assert.Equal(_sent, _peer.Read<BasicDeliver>().DeliveryTag);
        Assert.Equal(FrameType.Header, _peer.ReadFrame().Type);
        Assert.Equal([(byte)_sent], _peer.ReadFrame().Payload.ToArray());
        Assert.Equal(new BasicAck(_sent, false), _peer.Read<BasicAck>());
        Assert.True(_peer.IsAtEnd);
    }
}
