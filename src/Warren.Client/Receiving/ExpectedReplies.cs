namespace Warren.Client;

/// <summary>
/// Whether replies are under way on a connection, for the thread that reads it: it looks longer for what is sure to come. No more than a hint: a reply
/// that never comes is forgotten by <see cref="GiveUp"/>, and one that was not expected changes nothing.
/// </summary>
internal sealed class ExpectedReplies
{
    private long _asked;    // Written under the outbox's gate, read by any thread.
    private long _answered; // Owned by whoever reads, and never more than _asked.

    /// <summary>Requests that were written so far.</summary>
    public long Asked => Volatile.Read(ref _asked);

    /// <summary>True while a request has no reply that was not given up. For the thread that reads.</summary>
    public bool AreAwaited => _answered < Asked;

    /// <summary>A request is written whose reply comes by this connection; with the outbox's gate held.</summary>
    public void Ask() => Volatile.Write(ref _asked, _asked + 1);

    /// <summary>A reply came. For the thread that reads.</summary>
    public void Answer()
    {
        if (AreAwaited)
            _answered++;
    }

    /// <summary>What has not come by now is not looked for any longer. For the thread that reads.</summary>
    public void GiveUp() => _answered = Asked;
}
