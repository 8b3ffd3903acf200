using Warren.Amqp;
using Warren.Engine;

namespace Warren.Simulation;

/// <summary>A client: what it says goes to the engine as frames, what it is told is cut into frames again.</summary>
internal sealed class SimClient(SimMachine machine, Ledger ledger, Trace trace, Canary canary, int number)
{
    public const int FrameMax = 8192;

    private static readonly ConnectionSettings s_settings = new()
    {
        User = "guest",
        ChannelMax = 100,
        FrameMax = FrameMax,
        ClientProperties = FieldTable.Create(("capabilities", FieldTable.Create(("consumer_cancel_notify", true)))),
    };

    private readonly FrameBuffer _outgoing = new();

    public int Number { get; } = number;

    public ConnectionId Id { get; } = new(number);

    /// <summary>What the engine has sent.</summary>
    public FrameBuffer Outbound { get; } = new();

    public List<SimChannel> Channels { get; } = [];

    /// <summary>True from when the engine or the client has ended the connection.</summary>
    public bool IsClosed { get; set; }

    public Ledger Ledger => ledger;

    public SimMachine Machine => machine;

    public Trace Trace => trace;

    public void Open() => machine.Step(Command.Opened(Id, s_settings));

    public SimChannel OpenChannel()
    {
        var channel = new SimChannel(this, (ushort)(Channels.Count + 1));
        Channels.Add(channel);
        channel.Send(default(ChannelOpen));
        return channel;
    }

    public void Send<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        _outgoing.WriteMethod(channel, method);
        Step();
    }

    public void Publish(ushort channel, in BasicPublish publish, BasicProperties properties, ReadOnlySpan<byte> body)
    {
        _outgoing.WriteContent(channel, publish, properties, body, FrameMax);
        Step();
    }

    /// <summary>The connection breaks.</summary>
    public void Lose()
    {
        machine.Step(Command.Lost(Id));
        End();
    }

    /// <summary>Nobody is there any more.</summary>
    public void End()
    {
        IsClosed = true;
        foreach (var channel in Channels)
            channel.End();
        Outbound.Clear();
    }

    /// <summary>Looks at what has come.</summary>
    public void Receive()
    {
        if (Outbound.Length == 0)
            return;
        var octets = Outbound.Written;
        if (canary.Frame is { } edit)
        {
            var edited = octets.ToArray();
            edit(edited);
            octets = edited;
        }
        var reader = new FrameReader(octets, FrameMax);
        while (!IsClosed && reader.TryRead(out var frame))
        {
            trace.Count(frame.Payload.Span);
            if (frame.Channel == 0)
                throw new ViolationException("client", $"connection {Number} was closed: {MethodPayload.ReadId(frame.Payload)}");
            Channels[frame.Channel - 1].Receive(frame);
        }
        Outbound.Clear();
    }

    private void Step()
    {
        var reader = new FrameReader(_outgoing.Written, FrameMax);
        while (reader.TryRead(out var frame))
            machine.Step(Command.Received(Id, frame));
        _outgoing.Clear();
    }
}
