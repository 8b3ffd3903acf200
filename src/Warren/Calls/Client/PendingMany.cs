using System.Diagnostics;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A call that takes many replies, which its caller enumerates.</summary>
internal abstract class PendingMany<TReply>(CallTable table, CallAddress address, RpcMethod<TReply>? method, Activity? span, long started, long deadline) : IPendingCall
{
    public CorrelationId Id { get; set; }

    public bool HasSlot { get; set; }

    public long Started => started;

    public long Deadline => deadline;

    public CallAddress Address => address;

    public RpcMethod? Method => method;

    public Activity? Span => span;

    bool IPendingCall.IsAttempt => false;

    public CallLink? Link { get; set; }

    public SendPosition Position { get; set; }

    public int Refusals { get; set; }

    public byte Sends { get; set; }

    public virtual int Credit => 0;

    public bool TakesMany => true;

    public abstract Task Completion { get; }

    protected CallTable Table => table;

    protected RpcMethod<TReply>? TypedMethod => method;

    public abstract bool TryAdd(in CallEvent reply);

    /// <summary>Not for a call that takes many replies.</summary>
    public void Complete(in CallEvent reply) => TryAdd(reply);

    public abstract void Fail(Exception reason);

    protected CancellationTokenRegistration EndBy(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static (state, token) => ((PendingMany<TReply>)state!).Cancel(token), this);

    protected RpcException Explain(in Fault fault, ReadOnlySpan<byte> body) => fault.ToException(method, body, table.Time.GetElapsedTime(started));

    protected RpcException Explain(RpcStatus status, string detail) => table.Explain(this, status, RpcOutcome.Executed, detail);

    private void Cancel(CancellationToken cancellationToken) => table.Cancel(this, cancellationToken);
}
