using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>One connection of the harness, and what the engine has sent on it.</summary>
internal sealed class TestConnection(EngineHarness harness, ConnectionId id, int frameMax)
{
    private readonly Dictionary<ushort, Queue<Frame>> _received = [];

    public EngineHarness Harness => harness;

    public ConnectionId Id => id;

    public FrameBuffer Outbound { get; } = new();

    /// <summary>Thrown into the engine when it sends to this connection.</summary>
    public Exception? Failure { get; set; }

    public FrameBuffer OutboundOrFailure => Failure is null ? Outbound : throw Failure;

    public bool HasRoom { get; set; } = true;

    public bool IsClosed { get; set; }

    /// <summary>True when the host was told not to read from it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The channels of all frames in the order in which they came.</summary>
    public List<ushort> Order { get; } = [];

    public TestChannel Zero => new(this, 0);

    public TestChannel OpenChannel(ushort number = 1)
    {
        var channel = new TestChannel(this, number);
        channel.Send(default(ChannelOpen));
        channel.Expect<ChannelOpenOk>();
        return channel;
    }

    /// <summary>In a batch: the answer comes at its end.</summary>
    public TestChannel OpenChannelUnanswered(ushort number)
    {
        var channel = new TestChannel(this, number);
        channel.Send(default(ChannelOpen));
        return channel;
    }

    public void Send<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        using var buffer = new FrameBuffer();
        buffer.WriteMethod(channel, method);
        SendOctets(buffer.Written);
    }

    public void SendFrame(FrameType type, ushort channel, params byte[] payload) =>
        harness.Step(Command.Received(id, new Frame(type, channel, payload)));

    public void SendOctets(ReadOnlyMemory<byte> octets)
    {
        var reader = new FrameReader(octets, frameMax);
        while (reader.TryRead(out var frame))
            harness.Step(Command.Received(id, frame));
    }

    public void Lose() => harness.Step(Command.Lost(id));

    public void Drain()
    {
        HasRoom = true;
        harness.Step(Command.Drained(id));
    }

    public Queue<Frame> Received(ushort channel)
    {
        if (!_received.TryGetValue(channel, out var frames))
            _received[channel] = frames = new Queue<Frame>();
        return frames;
    }

    /// <summary>The hard error, and the answer that ends the connection.</summary>
    public void ExpectClose(ReplyCode code, string explanation, MethodId method = 0)
    {
        var close = Zero.Expect<ConnectionClose>();
        Assert.Equal(code.ReplyText(explanation).ToString(), close.ReplyText.ToString());
        Assert.Equal((ushort)code, close.ReplyCode);
        Assert.Equal((method.ClassId(), method.MethodIndex()), (close.FaultClassId, close.FaultMethodId));
        Assert.Contains((id, (ushort)0, new Refusal(code, explanation, method)), harness.Refusals);
        Assert.False(IsClosed);
        Send(0, default(ConnectionCloseOk));
        Assert.True(IsClosed);
    }

    public void Receive()
    {
        var reader = new FrameReader(Outbound.Written.ToArray(), frameMax);
        Outbound.Clear();
        while (reader.TryRead(out var frame))
        {
            Received(frame.Channel).Enqueue(frame);
            Order.Add(frame.Channel);
        }
    }
}
