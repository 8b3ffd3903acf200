using System.Collections.Concurrent;
using System.Diagnostics;

namespace Warren.Broker;

/// <summary>
/// One thread and its sockets: wait for a batch of events, read each socket once, step the engine, and send to every connection that got
/// something. One system call to wait, one to read, one to send.
/// </summary>
internal sealed class IoLoop : IDisposable
{
    private const int ReceiveOctets = 64 * 1024;

    private const int LongerForDisk = 5; // Times the spin: a sync of a quick disk takes longer than a client's answer.

    // A thread that hangs in a callback may hold on to a socket; the loop does not wait for it for ever.
    private const int MaxMsAfterStop = 2000;

    private readonly BrokerTurn _turn;
    private readonly Epoll _epoll = new();
    private readonly WakeFd _wake = new();
    private readonly ConcurrentQueue<(ClientSocket Socket, Errand Errand)> _errands = new();
    private readonly Thread _thread;
    private readonly bool _keepsTime; // One loop wakes when something is due; who sets an earlier time rings it.
    private Listener? _listener;
    private ClientSocket?[] _sockets = new ClientSocket?[64]; // By file descriptor. Owned by the thread.
    private int _socketCount;                                 // Owned by the thread.
    private long _acceptsAgainAt;                             // Owned by the thread; 0 is now.
    private long _givesUpAt;                                  // Written before _isStopping, read after it.
    private readonly long _spinTicks;
    private bool _wasBusy; // Owned by the thread.
    private volatile bool _isStopping;
    private volatile bool _stopsListening;

    public IoLoop(BrokerTurn turn, int index, TimeSpan spinTime)
    {
        _spinTicks = (long)(spinTime.TotalSeconds * Stopwatch.Frequency);
        _turn = turn;
        _keepsTime = index == 0;
        if (_keepsTime)
            turn.Timekeeper.WakeEarlier = _wake.Ring;
        if (_keepsTime && turn.Durability is { } durability)
            durability.Ring = _wake.Ring;
        _epoll.Add(_wake.Fd, Libc.EpollIn);
        _thread = new Thread(Run) { IsBackground = true, Name = $"Warren.Broker I/O {index}" };
    }

    /// <summary>The buffer that all sockets of this loop read into, so that an idle one needs none.</summary>
    public Memory<byte> Received { get; } = GC.AllocateUninitializedArray<byte>(ReceiveOctets, pinned: true);

    /// <summary>Starts the thread; with a listener, it accepts for all loops.</summary>
    public void Start(Listener? listener)
    {
        _listener = listener;
        if (listener is not null)
            _epoll.Add(listener.Fd, Libc.EpollIn);
        _thread.Start();
    }

    public void StopListening()
    {
        _stopsListening = true;
        _wake.Ring();
    }

    /// <summary>Does something for a socket on this loop's thread: at once when this is it.</summary>
    public void Do(ClientSocket socket, Errand errand)
    {
        if (Environment.CurrentManagedThreadId == _thread.ManagedThreadId)
        {
            socket.Do(errand);
            return;
        }
        _errands.Enqueue((socket, errand));
        _wake.Ring();
    }

    /// <summary>Takes a new socket in. On the loop's thread, as everything below.</summary>
    public void Adopt(ClientSocket socket)
    {
        if (socket.Fd >= _sockets.Length)
            Array.Resize(ref _sockets, Math.Max(socket.Fd + 1, _sockets.Length * 2));
        _sockets[socket.Fd] = socket;
        _socketCount++;
        if (_turn.Join(socket))
            _epoll.Add(socket.Fd, Libc.EpollIn);
        else
            Release(socket);
    }

    public void Watch(ClientSocket socket, uint interest) => _epoll.Modify(socket.Fd, interest);

    public void Unwatch(ClientSocket socket) => _epoll.Delete(socket.Fd);

    /// <summary>Closes a socket that nobody uses any more.</summary>
    public void Release(ClientSocket socket)
    {
        _sockets[socket.Fd] = null;
        _socketCount--;
        _ = Libc.Close(socket.Fd);
    }

    public void Dispose()
    {
        Volatile.Write(ref _givesUpAt, Environment.TickCount64 + MaxMsAfterStop);
        _isStopping = true;
        _wake.Ring();
        if (Environment.CurrentManagedThreadId != _thread.ManagedThreadId) // A callback of the in-process transport may stop the broker.
            _thread.Join();
    }

    private void Run()
    {
        while (!_isStopping || (_socketCount > 0 && Environment.TickCount64 < Volatile.Read(ref _givesUpAt)))
        {
            var count = Wait();
            for (var i = 0; i < count; i++)
            {
                var (fd, events) = _epoll[i];
                Handle(fd, events);
            }
            if (count > 0)
                _turn.EndBatch();
            _turn.Tick();
            if (_acceptsAgainAt != 0 && Environment.TickCount64 >= _acceptsAgainAt)
                AcceptAgain();
        }
        RunErrands(); // Newcomers that another loop handed over meanwhile: they are closed.
        _listener?.Dispose();
        _epoll.Dispose();
    }

    // Looks for a while before it sleeps, if there was something a moment ago; between two looks whoever needs the processor gets it. What comes
    // within that time does not wait until a sleeping processor is awake, which in a virtual machine can take longer than a whole call.
    private int Wait()
    {
        if (_spinTicks > 0 && _wasBusy)
        {
            var end = Stopwatch.GetTimestamp() + (_turn.Durability is { IsAwaited: true } ? _spinTicks * LongerForDisk : _spinTicks);
            do
            {
                if (_epoll.Wait(0) is > 0 and var count)
                    return count;
                Thread.Yield();
            }
            while (Stopwatch.GetTimestamp() < end);
        }
        var later = _keepsTime ? SleepUntilDue() : _epoll.Wait(Timekeeper.PeriodMs);
        _wasBusy = later > 0;
        return later;
    }

    private int SleepUntilDue()
    {
        var count = _epoll.Wait(_turn.Timekeeper.BeginSleep());
        _turn.Timekeeper.EndSleep();
        return count;
    }

    private void Handle(int fd, uint events)
    {
        if (fd == _wake.Fd)
            RunErrands();
        else if (fd == _listener?.Fd)
            Accept(_listener);
        else if (fd < _sockets.Length) // Otherwise the listener's, which was closed earlier in this batch.
            _sockets[fd]?.OnEvents(events); // Null: closed earlier in this batch.
    }

    private void Accept(Listener listener)
    {
        if (listener.Accept())
            return;
        _epoll.Delete(listener.Fd); // It stays readable while there is no descriptor left: not asking is the only way to have peace.
        _acceptsAgainAt = Environment.TickCount64 + Timekeeper.PeriodMs;
    }

    private void AcceptAgain()
    {
        _acceptsAgainAt = 0;
        if (_listener is { } listener)
            _epoll.Add(listener.Fd, Libc.EpollIn);
    }

    private void RunErrands()
    {
        _wake.Clear();
        if (_stopsListening && _listener is { } listener)
        {
            _listener = null;
            listener.Dispose(); // Closed, it leaves epoll by itself.
        }
        while (_errands.TryDequeue(out var next))
            next.Socket.Do(next.Errand);
    }
}
