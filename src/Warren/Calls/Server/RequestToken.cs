namespace Warren;

/// <summary>Why the token of a request has fired.</summary>
internal enum StopReason
{
    None,
    Deadline,
    Cancelled,
    CallerGone,
    ServerStops,
}

/// <summary>The source of a request's token, which remembers why it fired.</summary>
internal sealed class RequestToken : CancellationTokenSource
{
    private volatile StopReason _reason;

    public StopReason Reason => _reason;

    /// <summary>The token fires; its callbacks are user code and run on the pool.</summary>
    public void Fire(StopReason reason)
    {
        _reason = reason;
        _ = CancelAsync();
    }
}
