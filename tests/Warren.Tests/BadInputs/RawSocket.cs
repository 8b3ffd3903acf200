using System.Net.Sockets;
using Warren.Amqp;
using Warren.Broker;
using Warren.Tests.Broker;

namespace Warren.Tests.BadInputs;

/// <summary>A client's socket: what is sent is what the test says, octet for octet.</summary>
internal sealed class RawSocket : IDisposable
{
    private const int PatienceMs = 30_000;

    private readonly Socket _socket;
    private byte[] _received = new byte[64 * 1024];
    private int _length;

    public RawSocket(WarrenBroker broker)
    {
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = PatienceMs, SendTimeout = PatienceMs };
        _socket.Connect(broker.EndPoint);
    }

    /// <summary>Everything that has come and was not forgotten.</summary>
    public ReadOnlyMemory<byte> Received => _received.AsMemory(0, _length);

    /// <summary>What has come so far, cut after the last whole frame.</summary>
    public ReadOnlyMemory<byte> Frames
    {
        get
        {
            var start = Received.Span.StartsWith(FrameBuffer.ProtocolHeader) ? 8 : 0;
            var reader = new FrameReader(Received[start..], int.MaxValue - 8);
            while (reader.TryRead(out _))
            {
            }
            return Received[..(start + reader.Consumed)];
        }
    }

    /// <summary>Goes as far as this stage, and forgets what came meanwhile.</summary>
    public void Enter(Stage stage, uint frameMax)
    {
        if (stage >= Stage.Greeted)
            Ask([.. FrameBuffer.ProtocolHeader], 1);
        if (stage >= Stage.LoggedIn)
            Ask(Wire.On(0, BrokerBench.Plain("guest", "guest")), 1);
        if (stage >= Stage.Open)
            Ask([.. Wire.On(0, new ConnectionTuneOk(2047, frameMax, 0)), .. Wire.On(0, new ConnectionOpen("/"))], 1);
        if (stage >= Stage.Channel)
            Ask(Wire.Say(new ChannelOpen()), 1);
    }

    /// <summary>Sends, as long as the broker takes it.</summary>
    /// <returns>False when the broker has closed the socket.</returns>
    public bool Send(ReadOnlySpan<byte> octets)
    {
        try
        {
            return _socket.Send(octets) == octets.Length;
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.TimedOut)
        {
            return false;
        }
    }

    /// <summary>Sends, awaits so many methods, and forgets them.</summary>
    public void Ask(byte[] octets, int answers)
    {
        Assert.True(Send(octets));
        while (new Answers(Frames).Count < answers)
            Assert.True(Receive(), "The broker has closed the socket.");
        _length = 0;
    }

    /// <summary>Awaits more.</summary>
    /// <returns>False at the end.</returns>
    public bool Receive()
    {
        if (_length == _received.Length)
            Array.Resize(ref _received, _length * 2);
        try
        {
            var count = _socket.Receive(_received.AsSpan(_length));
            _length += count;
            return count > 0;
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.TimedOut)
        {
            return false;
        }
    }

    /// <summary>Everything is sent.</summary>
    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends it as a machine does that has lost its memory.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
