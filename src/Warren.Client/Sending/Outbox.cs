using System.Diagnostics;
using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// The frames on their way to the broker. Any thread appends; whoever finds nobody sending sends for all, without waiting. A thread of
/// the outbox's own takes over when the socket takes no more, so that no publisher is ever stuck in a send, and when messages follow
/// each other so closely that a system call for each would cost more than they do.
/// </summary>
internal sealed class Outbox(ITransport transport, int limitOctets, Action<Exception> failed) : IStallable
{
    private const int BurstPushes = 16;
    private static readonly long CloseTicks = Stopwatch.Frequency / 100_000; // 10 us

    private FrameBuffer _pending = new(); // Guarded by Gate, as everything below; _sending belongs to whoever set _busy.
    private FrameBuffer _sending = new();
    private bool _busy;
    private bool _closed;
    private bool _held;
    private long _appended;
    private long _sent;
    private int _sentOfSending;
    private long _appendedAtLastWatch;
    private bool _watched;
    private TaskCompletionSource? _room;
    private bool _handedOver;    // The writer goes on with _sending, which is not empty yet.
    private WriterThread? _writer;
    private long _lastPush;      // Only a hint, so it is not guarded.
    private int _closePushes;    // The same.

    /// <summary>Held while frames are appended, so that frames of one message stay together.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Where to append; only with <see cref="Gate"/> held and <see cref="Commit"/> after it.</summary>
    public FrameBuffer Pending => _pending;

    /// <summary>True once nothing can be sent any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>Octets that were handed to the socket, or are being handed to it now.</summary>
    public long SentOctets => Interlocked.Read(ref _sent);

    /// <summary>False when so much waits that publishers should wait too, or when the broker does not take messages.</summary>
    public bool HasRoom => _pending.Length < limitOctets && !_held;

    /// <summary>Ends an append; with <see cref="Gate"/> held.</summary>
    /// <param name="lengthBefore">The length of <see cref="Pending"/> before the append.</param>
    public SendPosition Commit(int lengthBefore)
    {
        _appended += _pending.Length - lengthBefore;
        return new SendPosition(_appended);
    }

    /// <summary>False when nothing of what was appended up to this position can have reached the broker as a whole message, now or later.</summary>
    public bool MayBeSent(SendPosition position) => !IsClosed || SentOctets >= position.Octets;

    /// <summary>After an append: sends now, or leaves it to the scope that this thread is in.</summary>
    public void Push()
    {
        if (SendScope.Current is { } scope)
            Postpone(scope);
        else if (!IsBurst() || !LeaveToWriter())
            Flush();
    }

    /// <summary>Sends everything that waits, unless somebody is at it.</summary>
    public void Flush()
    {
        if (TryBegin())
            SendAll(mayWait: false);
    }

    /// <summary>Completes when <see cref="HasRoom"/>, or when the outbox is closed.</summary>
    public Task WaitForRoomAsync()
    {
        lock (Gate)
        {
            if (_closed || HasRoom)
                return Task.CompletedTask;
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The broker takes no messages (connection.blocked), or does again. A socket would fill up by itself; what is in this process would not.</summary>
    public void Hold(bool isHeld)
    {
        TaskCompletionSource? room = null;
        lock (Gate)
        {
            _held = isHeld;
            if (!isHeld)
                (room, _room) = (_room, null);
        }
        room?.TrySetResult();
    }

    /// <summary>Nothing is sent from now on; what waits is dropped.</summary>
    public void Close()
    {
        TaskCompletionSource? room;
        lock (Gate)
        {
            _closed = true;
            _pending.Clear();
            room = _room;
            _room = null;
        }
        room?.TrySetResult();
        Volatile.Read(ref _writer)?.Wake();
    }

    // A scope sends when its thread gets there. If user code blocks that thread, the watch sends instead.
    bool IStallable.IsWatched
    {
        get
        {
            lock (Gate)
                return _watched;
        }
    }

    bool IStallable.IsStalled()
    {
        lock (Gate)
        {
            var waiting = _pending.Length > 0 && !_busy && !_closed;
            var stalled = waiting && _appended == _appendedAtLastWatch;
            _appendedAtLastWatch = _appended;
            _watched = waiting;
            return stalled;
        }
    }

    void IStallable.Rescue() => Flush();

    private void Postpone(SendScope scope)
    {
        if (!scope.Touch(this))
            return;
        lock (Gate)
        {
            if (_watched)
                return;
            _watched = true;
        }
        StallWatch.Add(this);
    }

    private bool TryBegin()
    {
        lock (Gate)
        {
            if (_busy || _closed || _pending.Length == 0)
                return false;
            _busy = true;
            Swap();
            return true;
        }
    }

    // The caller has set _busy, and owns _sending until it clears it again.
    private void SendAll(bool mayWait)
    {
        try
        {
            do
            {
                if (mayWait)
                    transport.Send(_sending.WrittenSpan[_sentOfSending..]);
                else if (!TrySendAll())
                {
                    WakeWriter();
                    return;
                }
            }
            while (TryContinue());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Close();
            failed(e);
        }
    }

    private bool TrySendAll()
    {
        while (_sentOfSending < _sending.Length)
        {
            var taken = transport.TrySend(_sending.WrittenSpan[_sentOfSending..]);
            if (taken == 0)
                return false;
            _sentOfSending += taken;
        }
        return true;
    }

    private bool TryContinue()
    {
        TaskCompletionSource? room;
        bool more;
        lock (Gate)
        {
            _sending.Clear();
            room = _room;
            _room = null;
            more = _pending.Length > 0 && !_closed;
            if (more)
                Swap();
            else
                _busy = false;
        }
        room?.TrySetResult();
        return more;
    }

    private void Swap()
    {
        (_pending, _sending) = (_sending, _pending);
        Interlocked.Exchange(ref _sent, _appended); // Before the first octet leaves: what is counted as unsent was surely not sent.
        _sentOfSending = 0;
    }

    private bool IsBurst()
    {
        var now = Stopwatch.GetTimestamp();
        _closePushes = now - _lastPush < CloseTicks ? _closePushes + 1 : 0;
        _lastPush = now;
        return _closePushes > BurstPushes;
    }

    private bool LeaveToWriter()
    {
        if (!transport.HasWriter)
            return false;
        Writer().Wake();
        return true;
    }

    private void WakeWriter()
    {
        lock (Gate)
            _handedOver = true;
        Writer().Wake();
    }

    private WriterThread Writer()
    {
        if (Volatile.Read(ref _writer) is { } writer)
            return writer;
        lock (Gate)
            return _writer ??= new WriterThread(WriteAll, () => _pending.Length > 0);
    }

    // On the writer's thread; false when nothing will ever be sent again.
    private bool WriteAll()
    {
        bool goOn;
        lock (Gate)
        {
            if (_closed)
                return false;
            goOn = _handedOver;
            _handedOver = false;
        }
        if (goOn || TryBegin())
            SendAll(mayWait: true);
        else
            Thread.Yield(); // Somebody else sends and will take what waits.
        return true;
    }
}
