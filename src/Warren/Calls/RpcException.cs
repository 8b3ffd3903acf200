using System.Globalization;

namespace Warren;

/// <summary>
/// A call that ended badly: why (<see cref="Status"/>), whether the handler ran (<see cref="Outcome"/>), and the words for people
/// (<see cref="Detail"/>). A handler throws it to send status and detail to its caller.
/// </summary>
public class RpcException : Exception
{
    /// <summary>For handlers: ends the call with this status and this detail.</summary>
    public RpcException(RpcStatus status, string detail)
        : this(status, RpcOutcome.Executed, detail)
    {
    }

    internal RpcException(RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed = null, Exception? inner = null)
        : base(Describe(status, outcome, detail, elapsed), inner)
    {
        Status = status;
        Outcome = outcome;
        Detail = detail;
    }

    /// <summary>Why it ended.</summary>
    public RpcStatus Status { get; }

    /// <summary>Whether the handler ran.</summary>
    public RpcOutcome Outcome { get; }

    /// <summary>What happened, in words.</summary>
    public string Detail { get; }

    /// <summary>When trying again makes sense, if the server said so (<see cref="RpcStatus.ResourceExhausted"/>).</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    private static string Describe(RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed)
    {
        var consequence = outcome switch
        {
            RpcOutcome.NotExecuted => "Not executed, safe to retry.",
            RpcOutcome.MaybeExecuted => "It may have been executed: retry only what may happen twice.",
            _ => "The handler ran.",
        };
        var took = elapsed is { } time ? $" ({Show(time)})" : "";
        return $"{status}: {detail.TrimEnd('.')}. {consequence}{took}";
    }

    internal static string Show(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms");
}
