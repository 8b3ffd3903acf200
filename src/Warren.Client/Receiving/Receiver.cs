using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// Cuts frames from what arrives and passes them on, a read batch at a time. One thread at a time: the one that reads, or for a broker
/// in this process whoever brings octets.
/// </summary>
internal sealed class Receiver(IFrameSink sink)
{
    private const int BufferOctets = 64 * 1024;
    private const int SmallestSpace = 4 * 1024;

    private ReceiveBuffer _buffer = new(BufferOctets);
    private int _start; // The first octet of the frame that is not whole yet.
    private int _end;   // Where the next octet goes.
    private bool _ended;

    /// <summary>The largest frame that may come; known after tune.</summary>
    public int FrameMax { get; set; } = Frame.MinMaxSize * 2;

    /// <summary>The replies that the connection waits for.</summary>
    public ExpectedReplies Expected { get; } = new();

    /// <summary>Where the next octets may be written.</summary>
    public Span<byte> GetSpace()
    {
        if (_start == _end && _buffer.IsUnshared)
            _start = _end = 0;
        if (_buffer.Array.Length - _end < SmallestSpace)
            MoveToNewBuffer();
        return _buffer.Array.AsSpan(_end);
    }

    /// <summary>So many octets were written there. Whatever goes wrong with them is the end of this connection, and of no more: this may be a thread of nobody's.</summary>
    public void Advance(int octets)
    {
        if (_ended)
            return;
        _end += octets;
        try
        {
            PassOn();
        }
        catch (Exception e)
        {
            End(e);
        }
    }

    /// <summary>Nothing follows.</summary>
    public void End(Exception? failure)
    {
        _ended = true;
        sink.Ended(failure);
    }

    private void PassOn()
    {
        var frames = new FrameReader(_buffer.Array.AsMemory(_start, _end - _start), FrameMax);
        try
        {
            while (frames.TryRead(out var frame))
                sink.Received(frame, _buffer);
        }
        catch (ProtocolException e)
        {
            _ended = true;
            sink.Refused(e);
        }
        _start += frames.Consumed;
        sink.EndBatch();
    }

    // Someone still holds parts of the old buffer, or a frame is longer than what is left of it.
    private void MoveToNewBuffer()
    {
        var pending = _buffer.Array.AsSpan(_start, _end - _start);
        var next = new ReceiveBuffer(Math.Max(BufferOctets, pending.Length * 2));
        pending.CopyTo(next.Array);
        _buffer.Release();
        _buffer = next;
        _end -= _start;
        _start = 0;
    }
}

/// <summary>Takes the frames of a connection, on the thread that receives.</summary>
internal interface IFrameSink
{
    /// <summary>A frame; its payload is a view of the buffer.</summary>
    void Received(in Frame frame, ReceiveBuffer buffer);

    /// <summary>The read batch is over.</summary>
    void EndBatch();

    /// <summary>What came was not a frame; nothing more is read.</summary>
    void Refused(ProtocolException error);

    /// <summary>The other side has closed, or the network failed.</summary>
    void Ended(Exception? failure);
}
