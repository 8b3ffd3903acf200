using Warren.Amqp;
using Warren.Broker;

namespace Warren.Testing.Wire;

/// <summary>
/// One connection from its beginning to its end, with a test in the middle: every message is written down, and scripts decide what becomes of it.
/// </summary>
internal sealed class Session : IOctetPipe
{
    private readonly TestBroker _broker;
    private readonly IOctetSink _sink;
    private readonly Lane _up = new();
    private readonly Lane _down = new();
    private readonly UnitReader _sent = new(WireDirection.Sent);
    private readonly UnitReader _received = new(WireDirection.Received);
    private readonly Dictionary<int, Queue<WireUnit>> _heldUp = [];   // By channel; owned by the lane, as the next.
    private readonly Dictionary<int, Queue<WireUnit>> _heldDown = [];
    private readonly SpareChannel _spare = new();
    private readonly ConsumerList _consumers = new();
    private InProcessConnection _inner = null!; // Set before anything is carried.
    private int _headerOctets;
    private volatile bool _isOver;
    private volatile bool _isDeaf;   // Nothing reaches the client any more.
    private volatile bool _isSilent; // Nothing passes, and nobody is told.
    private bool _toldClient;        // Owned by the lane to the client.

    public Session(TestBroker broker, IOctetSink sink, int number)
    {
        _broker = broker;
        _sink = sink;
        Number = number;
    }

    public int Number { get; }

    /// <summary>Null until the client has said how it calls itself.</summary>
    public TestConnection? Connection { get; private set; }

    public string Name => Connection?.Name ?? $"#{Number}";

    public bool IsOver => _isOver;

    /// <summary>The address that the client wants its replies at, as it last said.</summary>
    public string? ReplyQueue { get; private set; }

    public void Start() => _inner = _broker.Inner.ConnectInProcess(
        octets =>
        {
            foreach (var unit in _received.Read(octets.Span))
                _down.Put(() => Carry(unit));
        },
        _ => EndClient());

    public void Write(ReadOnlySpan<byte> octets)
    {
        if (_isOver)
            throw new IOException("The connection was cut.");
        // The protocol header is not a frame.
        var header = Math.Min(octets.Length, FrameBuffer.ProtocolHeader.Length - _headerOctets);
        if (header > 0)
        {
            _headerOctets += header;
            _inner.Write(octets[..header]);
        }
        foreach (var unit in _sent.Read(octets[header..]))
            _up.Put(() => Carry(unit));
    }

    public void Close()
    {
        _broker.Time.Calm.Disturb();
        _inner.Close();
    }

    /// <summary>Ends it as a network that fails: both sides see it at once.</summary>
    public void Cut()
    {
        _isOver = true;
        _broker.Transcript.Note(this, "-- cut");
        _inner.Close();
        EndClient();
    }

    /// <summary>From now on nothing passes, and neither side is told.</summary>
    public void GoSilent()
    {
        _isSilent = true;
        _broker.Transcript.Note(this, "-- goes silent");
    }

    /// <summary>Lets go what a script holds back on a channel.</summary>
    public void Release(WireMessage first)
    {
        var lane = first.Direction == WireDirection.Sent ? _up : _down;
        lane.Put(() =>
        {
            if (!Held(first.Direction).Remove(first.Channel, out var held))
                return;
            Pass(held.Dequeue(), "(released)");
            foreach (var unit in held)
                Carry(unit); // One of them may be held in turn, and then those behind it.
        });
    }

    /// <summary>Tells the client something the broker did not say.</summary>
    public void Tell<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, method);
        foreach (var unit in new UnitReader(WireDirection.Received).Read(frames.WrittenSpan))
            _down.Put(() => Pass(unit, "(by script)"));
    }

    /// <summary>Does something in the client's name, on a channel that the client does not know of.</summary>
    public void Ask<TMethod>(TMethod method)
        where TMethod : struct, IMethod => Say(_spare.Write(method));

    /// <summary>Ends a consumer as a broker does: it takes it off the queue, and tells the client.</summary>
    public void CancelConsumer(string queue)
    {
        var (channel, tag) = _consumers.On(queue);
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, new BasicCancel(tag, NoWait: true));
        Say(frames.WrittenSpan.ToArray());
        Tell(channel, new BasicCancel(tag, NoWait: true));
    }

    private void Say(byte[] octets)
    {
        foreach (var unit in new UnitReader(WireDirection.Sent).Read(octets))
            _up.Put(() => Pass(unit, "(by script)"));
    }

    private Dictionary<int, Queue<WireUnit>> Held(WireDirection direction) => direction == WireDirection.Sent ? _heldUp : _heldDown;

    private void Carry(WireUnit unit)
    {
        var message = unit.Message;
        if (_isOver || _spare.IsAnswer(message))
            return;
        Learn(unit);
        if (Held(message.Direction).TryGetValue(message.Channel, out var held))
        {
            held.Enqueue(unit);
            _broker.Transcript.Add(this, message, "(held)");
        }
        else if (Connection?.Script.Match(message) is { } fault)
            fault.Apply(this, unit);
        else
            Pass(unit);
    }

    // What scripts have to know of the connection.
    private void Learn(WireUnit unit)
    {
        var message = unit.Message;
        _consumers.See(message);
        if (message.Direction == WireDirection.Received)
            return;
        if (message.IsRequest)
            ReplyQueue = message.Properties.ReplyTo!.Value.ToString();
        var payload = unit.Octets.AsMemory(Frame.Overhead - 1);
        if (message.Method == MethodId.ConnectionStartOk)
            Connection = _broker.Greet(this, MethodPayload.Read<ConnectionStartOk>(payload[..^1]).ClientProperties);
        else if (message.Method == MethodId.ConnectionTuneOk)
            _spare.Number = MethodPayload.Read<ConnectionTuneOk>(payload[..^1]).ChannelMax;
    }

    public void Pass(WireUnit unit, string note = "") => Pass(unit.Message, unit.Octets, note);

    /// <summary>Lets a message pass a second time. A publish goes over another channel, so that the broker's confirms keep their numbers.</summary>
    public void PassAgain(WireUnit unit)
    {
        if (unit.Message.Method == MethodId.BasicPublish)
            Pass(unit.Message, [.. _spare.Open(), .. unit.OnChannel(_spare.Number)], "(again)");
        else
            Pass(unit, "(again)");
    }

    /// <summary>The broker gets it, and the client hears of nothing that follows, but that the connection is lost.</summary>
    public void PassAndCut(WireUnit unit)
    {
        _isDeaf = unit.Message.Direction == WireDirection.Sent;
        Pass(unit);
        Cut();
    }

    public void Stop(WireUnit unit, string note)
    {
        _broker.Transcript.Add(this, unit.Message, note);
    }

    public void Hold(WireUnit unit)
    {
        Held(unit.Message.Direction)[unit.Message.Channel] = new Queue<WireUnit>([unit]);
        _broker.Transcript.Add(this, unit.Message, "(held)");
    }

    private void Pass(WireMessage message, byte[] octets, string note)
    {
        if (_isOver)
            return;
        if (_isSilent || (_isDeaf && message.Direction == WireDirection.Received))
        {
            _broker.Transcript.Add(this, message, "(lost)");
            return;
        }
        _broker.Transcript.Add(this, message, note);
        if (message.Direction == WireDirection.Received)
            _sink.Received(octets);
        else
            SendOn(octets);
    }

    private void SendOn(byte[] octets)
    {
        try
        {
            _inner.Write(octets);
        }
        catch (IOException)
        {
            _isOver = true; // The broker has ended it, and tells the client in its own time.
        }
    }

    private void EndClient() => _down.Put(() =>
    {
        _isOver = true;
        if (_toldClient)
            return;
        _toldClient = true;
        _broker.Left(this);
        _sink.Closed();
    });
}
