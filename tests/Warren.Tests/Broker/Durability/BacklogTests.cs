using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Tests.Broker.Durability;

/// <summary>Backlogs that are larger than the memory a broker may take.</summary>
public sealed class BacklogTests
{
    private const int Messages = 500;
    private const int BodyOctets = 4096;
    private const long MemoryLimit = 512 * 1024;

    private readonly DurableBench _bench = new(memoryLimit: MemoryLimit);

    [Fact]
    public void F21_a_backlog_four_times_the_memory_limit_comes_back_complete_and_in_order_after_a_kill_too()
    {
        var peer = _bench.OpenChannel();
        _bench.Declare(peer, "jobs");
        for (var i = 0; i < Messages; i++)
        {
            Publish(peer, i);
            if (i % 10 == 9)
                _bench.Broker.RunDisk();
            Assert.InRange(_bench.Broker.Turn.Operations.MemoryOctets, 0, MemoryLimit - 1); // Nobody is ever stopped.
        }
        _bench.Broker.RunDisk();
        Take(peer, 0, 50);

        _bench.Broker.RunDisk();
        _bench.KillAndStart();
        Assert.InRange(_bench.Broker.Turn.Operations.MemoryOctets, 0, MemoryLimit - 1);
        Take(_bench.OpenChannel(), 50, Messages - 50);
    }

    private static void Publish(RawPeer peer, int number)
    {
        using var frames = new FrameBuffer();
        var body = new byte[BodyOctets];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(BodyOctets - 4), number);
        frames.WriteContent(1, new BasicPublish("", "jobs"), new BasicProperties { DeliveryMode = 2 }, body, 131072);
        peer.Write(frames.WrittenSpan);
    }

    private void Take(RawPeer peer, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            peer.WriteMethod(1, new BasicGet("jobs", NoAck: true));
            _bench.Broker.RunDisk();
            Assert.Equal((uint)(Messages - 1 - i), peer.Read<BasicGetOk>().MessageCount);
            peer.ReadFrame();
            var body = peer.ReadFrame().Payload.Span;
            Assert.Equal((BodyOctets, i), (body.Length, BinaryPrimitives.ReadInt32BigEndian(body[^4..])));
        }
    }
}
