namespace Warren.Client;

/// <summary>
/// Decides how long the thread that reads looks for more before it sleeps: a while when octets have come close to each other, longer when a reply is
/// expected, and not at all otherwise. It has no clock: every moment is an argument, in ticks that its maker chooses.
/// </summary>
/// <param name="spinTicks">How long to look for anything; 0 is never to look.</param>
/// <param name="replyTicks">How long to look for a reply from when its request is noticed; less than the other means as long as that.</param>
/// <param name="replies">What is expected.</param>
internal sealed class Lookout(long spinTicks, long replyTicks, ExpectedReplies replies)
{
    private readonly long _replyTicks = spinTicks == 0 ? 0 : Math.Max(spinTicks, replyTicks);
    private bool _isBusy; // Written by whoever reads, read by any thread.
    private long _began;  // Owned by whoever reads, as those below.
    private long _end;
    private long _replyEnd;
    private long _seen;   // Requests whose time has begun.

    /// <summary>True while what comes follows so soon on what came before that looking for it pays.</summary>
    public bool IsBusy => Volatile.Read(ref _isBusy);

    /// <summary>The thread wants more, from now on.</summary>
    public void Begin(long now)
    {
        _began = now;
        _end = now + spinTicks;
        if (replies.AreAwaited) // Another call's reply was quicker.
            _end = Math.Max(_end, _replyEnd);
    }

    /// <summary>True: look again; false: sleep until something comes.</summary>
    public bool GoesOn(long now)
    {
        if (!_isBusy)
            return false;
        // The caller of a call that has just ended starts the next one when the thread is at it already.
        if (replies.AreAwaited && replies.Asked is var asked && asked != _seen)
        {
            _seen = asked;
            _end = _replyEnd = now + _replyTicks;
        }
        if (now < _end)
            return true;
        replies.GiveUp(); // A call that takes its time: nobody looks for its reply any more.
        return false;
    }

    /// <summary>Something came, after a look or a sleep; before it is read and counted as a reply.</summary>
    public void Receive(long now)
    {
        var closeTicks = replies.AreAwaited ? Math.Max(2 * spinTicks, _replyTicks) : 2 * spinTicks;
        Volatile.Write(ref _isBusy, spinTicks > 0 && now - _began <= closeTicks);
    }
}
