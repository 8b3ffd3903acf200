namespace Warren;

/// <summary>Whether the handler ran, as far as can be known. It decides whether a call may be made again.</summary>
public enum RpcOutcome
{
    /// <summary>The handler surely did not run. Calling again is safe.</summary>
    NotExecuted,

    /// <summary>The handler may have run. Call again only what may happen twice.</summary>
    MaybeExecuted,

    /// <summary>The handler ran, and failed.</summary>
    Executed,
}
