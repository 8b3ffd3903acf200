using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>One connection to a broker, frame by frame and without a thread of its own.</summary>
internal sealed class Wire : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds };
    private byte[] _received = new byte[64 * 1024];
    private int _start; // Of what is received and not read.
    private int _end;

    private Wire()
    {
    }

    /// <summary>What <see cref="Flush"/> sends.</summary>
    public FrameBuffer Out { get; } = new();

    public bool IsOpen { get; private set; } = true;

    /// <summary>How the broker's octets ended.</summary>
    public string End { get; private set; } = "";

    public static Wire Connect(Uri uri, string virtualHost, bool takesCancels)
    {
        var wire = new Wire();
        wire._socket.Connect(uri.Host, uri.Port);
        wire.Out.WriteRaw(FrameBuffer.ProtocolHeader);
        wire.Await<ConnectionStart>();
        var capabilities = FieldTable.Create(("consumer_cancel_notify", takesCancels), ("basic.nack", true), ("authentication_failure_close", true));
        wire.Out.WriteMethod(0, new ConnectionStartOk(FieldTable.Create(("capabilities", capabilities)), "PLAIN", "\0guest\0guest", "en_US"));
        wire.Await<ConnectionTune>();
        wire.Out.WriteMethod(0, new ConnectionTuneOk(2047, StepWriter.FrameMax, 0));
        wire.Out.WriteMethod(0, new ConnectionOpen(virtualHost));
        wire.Await<ConnectionOpenOk>();
        return wire;
    }

    /// <summary>Sends what is written; a broker that has closed does not hear it.</summary>
    public void Flush()
    {
        try
        {
            for (var rest = Out.WrittenSpan; !rest.IsEmpty;)
                rest = rest[_socket.Send(rest)..];
        }
        catch (SocketException)
        {
            // What it said before is read all the same, and then the end.
        }
        Out.Clear();
    }

    /// <summary>The next frame, valid until the next call; false at the end.</summary>
    public bool TryRead(out Frame frame)
    {
        while (true)
        {
            var reader = new FrameReader(_received.AsMemory(_start, _end - _start), int.MaxValue - Frame.Overhead);
            if (reader.TryRead(out frame))
            {
                _start += reader.Consumed;
                return true;
            }
            if (!Fill())
                return false;
        }
    }

    /// <summary>Ends the socket without a word.</summary>
    public void Dispose()
    {
        IsOpen = false;
        _socket.Dispose();
        Out.Dispose();
    }

    private void Await<TMethod>()
        where TMethod : struct, IMethod<TMethod>
    {
        Flush();
        if (!TryRead(out var frame) || MethodPayload.ReadId(frame.Payload) != TMethod.Id)
            throw new InvalidOperationException($"The broker did not send {TMethod.Id}: {End}");
    }

    private bool Fill()
    {
        if (!IsOpen)
            return false;
        MakeRoom();
        try
        {
            var count = _socket.Receive(_received.AsSpan(_end));
            _end += count;
            if (count > 0)
                return true;
            End = "end";
        }
        catch (SocketException e)
        {
            End = e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock ? "silence" : "end";
        }
        IsOpen = false;
        _socket.Dispose();
        return false;
    }

    private void MakeRoom()
    {
        _received.AsSpan(_start, _end - _start).CopyTo(_received);
        _end -= _start;
        _start = 0;
        if (_end == _received.Length)
            Array.Resize(ref _received, _received.Length * 2);
    }
}
