using System.Net;
using System.Runtime.InteropServices;

namespace Warren.Broker;

/// <summary>
/// A client's socket on the epoll road. Any thread may send, one at a time; everything else happens on the loop's thread, so that a file
/// descriptor is never closed under somebody's hands.
/// </summary>
internal sealed unsafe class ClientSocket(BrokerTurn turn, IoLoop loop, int fd, IPEndPoint remote) : Peer(turn, remote)
{
    // Up to here what is left of a frame is copied in front of the next octets; a larger frame is collected in its own array.
    private const int MaxCarried = 4096;

    private readonly Inbound _inbound = new(); // Owned by the loop.
    private uint _interest = Libc.EpollIn;     // Owned by the loop.
    private bool _isDetached;                  // Owned by the loop.

    public int Fd { get; } = fd;

    /// <summary>Epoll has something to say. On the loop's thread.</summary>
    public void OnEvents(uint events)
    {
        if ((events & Libc.EpollOut) != 0 && !_isDetached)
        {
            SetInterest(_interest & ~Libc.EpollOut);
            Turn.Writable(this);
        }
        if (_isDetached)
            return;
        if ((_interest & Libc.EpollIn) != 0 && (events & ~Libc.EpollOut) != 0)
            Read();
        else if ((events & (Libc.EpollError | Libc.EpollHangUp)) != 0)
            Lose();
    }

    public override SendResult Send(Outbound outbound)
    {
        var rest = outbound.Rest.Span;
        nint sent;
        fixed (byte* first = rest)
            sent = Libc.Send(Fd, first, (nuint)rest.Length, Libc.NoSignalDontWait);
        if (sent < 0)
            return Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR or Libc.ENOBUFS ? SendResult.WouldBlock : SendResult.Broken;
        outbound.Advance((int)sent);
        return sent == rest.Length ? SendResult.Done : SendResult.WouldBlock;
    }

    public override void AwaitWritable() => loop.Do(this, Errand.AwaitWritable);

    public override void Resume() => loop.Do(this, Errand.Resume);

    public override void Shut() => loop.Do(this, Errand.Shut);

    public override void Abort() => loop.Do(this, Errand.Close);

    /// <summary>Does what some thread asked for. On the loop's thread.</summary>
    public void Do(Errand errand)
    {
        switch (errand)
        {
            case Errand.Adopt: loop.Adopt(this); break;
            case Errand.Close: Detach(); loop.Release(this); break;
            case Errand.AwaitWritable when !_isDetached: SetInterest(_interest | Libc.EpollOut); break;
            case Errand.Shut when !_isDetached: _ = Libc.Shutdown(Fd, Libc.ShutdownWrite); break;
            case Errand.Resume when !_isDetached: GoOnReading(); break;
        }
    }

    private void Read()
    {
        var isCarried = _inbound.Length <= MaxCarried;
        var carried = isCarried ? _inbound.Length : 0;
        if (carried > 0)
            _inbound.Written.Span.CopyTo(loop.Received.Span);
        var room = isCarried ? loop.Received.Span[carried..] : _inbound.Room(MaxCarried);
        nint received;
        fixed (byte* first = room)
            received = Libc.Receive(Fd, first, (nuint)room.Length, Libc.NoSignalDontWait);
        if (received > 0)
        {
            if (isCarried)
                TakeCarried(loop.Received[..(carried + (int)received)]);
            else
                TakeOwn((int)received);
        }
        else if (received == 0 || Marshal.GetLastPInvokeError() is not (Libc.EAGAIN or Libc.EINTR))
        {
            Lose();
        }
    }

    private void TakeCarried(ReadOnlyMemory<byte> octets)
    {
        _inbound.Discard();
        var taken = Turn.Receive(this, octets);
        if (taken < octets.Length)
            _inbound.Append(octets.Span[taken..]);
        StopReadingIfPaused();
    }

    private void TakeOwn(int received)
    {
        _inbound.Advance(received);
        _inbound.Consume(Turn.Receive(this, _inbound.Written));
        _inbound.Release();
        StopReadingIfPaused();
    }

    private void StopReadingIfPaused()
    {
        if (IsPaused && !_isDetached)
            SetInterest(_interest & ~Libc.EpollIn);
    }

    private void GoOnReading()
    {
        SetInterest(_interest | Libc.EpollIn);
        if (_inbound.Length > 0)
            TakeOwn(0);
        Turn.EndBatch();
    }

    private void Lose()
    {
        Detach();
        Turn.Lost(this);
    }

    // From now on epoll is silent about it; the descriptor is closed when nobody sends any more.
    private void Detach()
    {
        if (_isDetached)
            return;
        _isDetached = true;
        _inbound.Discard();
        loop.Unwatch(this);
    }

    private void SetInterest(uint interest)
    {
        if (interest == _interest)
            return;
        _interest = interest;
        loop.Watch(this, interest);
    }
}
