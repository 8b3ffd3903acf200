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
    /// <summary>Not among the running ones, or not any more.</summary>
    public const int NoPlace = -1;

    private volatile StopReason _reason;

    /// <summary>Where it is among the running ones, whose lock guards it.</summary>
    public int Place { get; set; } = NoPlace;

    public StopReason Reason => _reason;

    /// <summary>The token fires; its callbacks are user code and run on the pool.</summary>
    public void Fire(StopReason reason)
    {
        _reason = reason;
        _ = CancelAsync();
    }
}
