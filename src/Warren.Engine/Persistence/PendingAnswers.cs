using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A channel's frames that wait for the disk: an answer that promises something durable, and everything behind it, so that the order on the channel stays. As with RabbitMQ, whose channel
/// does nothing else meanwhile, its consumers get nothing until then; a delivery must neither overtake the consume-ok of its consumer nor a get-ok with a smaller delivery tag. Other
/// channels go on.
/// </summary>
internal sealed class PendingAnswers(Channel channel) : JournalWait
{
    /// <summary>A client that asks on and on while the disk stands still is not read from when so many octets wait for it.</summary>
    private const int MaxOctets = 1024 * 1024;

    private readonly Queue<Part> _parts = new(); // In order; the one that is open is not among them.
    private readonly FrameBuffer _frames = new();
    private long _released; // Octets that are gone; where parts start is counted from the first octet of all.
    private long _openStart;
    private bool _isPaused;
    private bool _isDropped;

    // What stands from here on waits for this position.
    private readonly record struct Part(long Start, long Position);

    /// <summary>True while what is sent has to wait.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Where the channel's frames go meanwhile.</summary>
    public FrameBuffer Frames
    {
        get
        {
            if (_frames.Length > MaxOctets && !_isPaused)
            {
                _isPaused = true;
                channel.Connection.Reading.Stop(ReadingStops.Answers);
            }
            return _frames;
        }
    }

    /// <summary>What is sent from now on waits for all that is changed before the batch ends.</summary>
    public void Begin()
    {
        if (IsOpen)
            return;
        IsWaiting = true;
        _openStart = _released + _frames.Length;
        channel.Host.Records!.Waits.Open(this);
    }

    public override void Close(long position) => _parts.Enqueue(new Part(_openStart, position));

    public override void Reach(long position)
    {
        if (_isDropped)
            return;
        if (channel.Connection.State == ConnectionState.Closed) // It has ended before, and the channel before it.
        {
            Drop();
            return;
        }
        while (_parts.TryPeek(out var first) && first.Position <= position)
            _parts.Dequeue();
        if (_parts.TryPeek(out var next))
            Release((int)(next.Start - _released));
        else if (IsOpen)
            Release((int)(_openStart - _released));
        else
            End();
    }

    /// <summary>Nobody is there any more to read them.</summary>
    public void Drop()
    {
        _isDropped = true;
        Empty();
    }

    private void End()
    {
        Release(_frames.Length);
        Empty();
        channel.Consumers.RefreshReadiness();
    }

    private void Release(int octets)
    {
        if (octets > 0 && channel.Connection.State == ConnectionState.Open)
            channel.Host.Effects.Outbound(channel.Connection.Id).WriteRaw(_frames.WrittenSpan[..octets]);
        _frames.Consume(octets);
        _released += octets;
    }

    private void Empty()
    {
        IsWaiting = false;
        _parts.Clear();
        _frames.Dispose();
        if (_isPaused)
            channel.Connection.Reading.GoOn(ReadingStops.Answers);
        _isPaused = false;
    }
}
