using System.Text;

namespace Warren;

/// <summary>
/// The request that the running code serves. Calls that the code makes inherit its deadline; a store that commits effect and reply together
/// (see <see cref="IReplyStore"/>) takes the call's id from here.
/// </summary>
public sealed class RequestContext
{
    private static readonly AsyncLocal<RequestContext?> Ambient = new();

    private readonly TimeProvider _time;
    private readonly byte[] _callIdOctets; // A string only when somebody asks.
    private string? _callId;

    internal RequestContext(string? callId, byte[] callIdOctets, string method, int attempt, bool redelivered, long deadline, TimeProvider time, CancellationToken cancellation)
    {
        _callId = callId;
        _callIdOctets = callIdOctets;
        Method = method;
        Attempt = attempt;
        Redelivered = redelivered;
        Deadline = deadline;
        Cancellation = cancellation;
        _time = time;
    }

    /// <summary>
    /// The context of the request that this code serves; null outside of a handler, and in one that was given as a plain <c>Func&lt;TRequest, TReply&gt;</c>:
    /// code that computes its reply at once has no context, which would cost more than the code. Calls that it makes all the same have deadlines of their
    /// own; a handler that takes a token, or awaits, passes on what its caller has left.
    /// </summary>
    public static RequestContext? Current
    {
        get => Ambient.Value;
        internal set => Ambient.Value = value;
    }

    /// <summary>The call's id: the same when the call is sent or delivered again. Empty when the caller sent none.</summary>
    public string CallId => _callId ??= Encoding.UTF8.GetString(_callIdOctets);

    /// <summary>The contract's method; empty for a queue address.</summary>
    public string Method { get; }

    /// <summary>Which time the caller sends the request, from 1.</summary>
    public int Attempt { get; }

    /// <summary>True when the broker has handed the request to a server before.</summary>
    public bool Redelivered { get; }

    /// <summary>How long the caller waits yet; null when it set no limit.</summary>
    public TimeSpan? TimeLeft => Deadline == long.MaxValue ? null : _time.GetElapsedTime(_time.GetTimestamp(), Deadline);

    /// <summary>Fires when the caller's time is up or the caller cancels, and when a stopping server waits no longer.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>A timestamp of the bus's clock.</summary>
    internal long Deadline { get; }
}
