using Warren.Amqp;

namespace Warren.Tests.Client;

/// <summary>
/// A broker that does what a test tells it: it answers the handshake and the simple methods, records every frame, and sends what the
/// test wants, right or wrong. Everything happens on the calling thread, so a test never waits.
/// </summary>
internal sealed class ScriptedBroker : IInProcessBroker, IOctetPipe
{
    private readonly FrameBuffer _out = new();
    private readonly List<byte> _in = [];
    private IOctetSink? _sink;
    private bool _headerSeen;

    public List<MethodId> Methods { get; } = [];

    public List<byte[]> Bodies { get; } = [];

    /// <summary>How many times the client wrote: one send each on a real socket.</summary>
    public int Writes { get; private set; }

    public bool ClosedByClient { get; private set; }

    /// <summary>Answers a method in place of the script; true when it did.</summary>
    public Func<MethodId, ushort, ReadOnlyMemory<byte>, bool>? Answer { get; set; }

    public uint FrameMax { get; set; } = 131072;

    public IOctetPipe Connect(IOctetSink sink)
    {
        (_sink, _headerSeen, ClosedByClient) = (sink, false, false);
        _in.Clear();
        return this;
    }

    public void Send<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        _out.WriteMethod(channel, method);
        Flush();
    }

    public void SendContent<TMethod>(ushort channel, in TMethod method, BasicProperties properties, byte[] body)
        where TMethod : struct, IMethod
    {
        _out.WriteContent(channel, method, properties, body, 4096);
        Flush();
    }

    public void SendRaw(params byte[] octets)
    {
        _out.WriteRaw(octets);
        Flush();
    }

    /// <summary>The network fails.</summary>
    public void Drop() => _sink!.Closed();

    public void Write(ReadOnlySpan<byte> octets)
    {
        Writes++;
        _in.AddRange(octets);
        if (!_headerSeen)
        {
            _in.RemoveRange(0, 8);
            _headerSeen = true;
            Send(0, new ConnectionStart(0, 9, FieldTable.Create(("product", "Scripted")), "PLAIN", "en_US"));
        }
        var reader = new FrameReader(_in.ToArray(), int.MaxValue - 8);
        var frames = new List<Frame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame);
        _in.RemoveRange(0, reader.Consumed);
        foreach (var frame in frames)
            Receive(frame);
    }

    public void Close()
    {
        if (ClosedByClient)
            return;
        ClosedByClient = true;
        _sink!.Closed();
    }

    private void Receive(in Frame frame)
    {
        if (frame.Type == FrameType.Body)
            Bodies.Add(frame.Payload.ToArray());
        if (frame.Type != FrameType.Method)
            return;
        var id = MethodPayload.ReadId(frame.Payload);
        Methods.Add(id);
        if (Answer?.Invoke(id, frame.Channel, frame.Payload) == true)
            return;
        switch (id)
        {
            case MethodId.ConnectionStartOk: Send(0, new ConnectionTune(2047, FrameMax, 0)); break;
            case MethodId.ConnectionOpen: Send(0, default(ConnectionOpenOk)); break;
            case MethodId.ConnectionClose: Send(0, default(ConnectionCloseOk)); break;
            case MethodId.ChannelOpen: Send(frame.Channel, default(ChannelOpenOk)); break;
            case MethodId.ChannelClose: Send(frame.Channel, default(ChannelCloseOk)); break;
            case MethodId.ConfirmSelect: Send(frame.Channel, default(ConfirmSelectOk)); break;
            case MethodId.QueueDeclare: Send(frame.Channel, new QueueDeclareOk("q", 3, 1)); break;
            case MethodId.BasicConsume: Send(frame.Channel, new BasicConsumeOk("tag")); break;
            case MethodId.BasicCancel: Send(frame.Channel, new BasicCancelOk("tag")); break;
        }
    }

    private void Flush()
    {
        var octets = _out.Written.ToArray();
        _out.Clear();
        _sink!.Received(octets);
    }
}
