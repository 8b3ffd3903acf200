using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// A call whose reply is a stream. As many items are on their way as the caller has granted; it grants more while it takes them, so neither side
/// collects what the other does not want yet.
/// </summary>
internal sealed class PendingStream<TItem>(CallTable table, ServerControl control, CallAddress address, RpcMethod<TItem> method, Activity? span, long started, long deadline)
    : IPendingCall
{
    private const int Window = 64;

    private readonly Channel<TItem> _items = Channel.CreateUnbounded<TItem>(new UnboundedChannelOptions { SingleReader = true });
    private string _controlQueue = ""; // Written by runners, one reply after the other.
    private long _expected;
    private int _taken;

    public CorrelationId Id { get; set; }

    public bool HasSlot { get; set; }

    public long Started => started;

    public long Deadline => deadline;

    public CallAddress Address => address;

    public RpcMethod Method => method;

    public Activity? Span => span;

    public CallLink? Link { get; set; }

    public SendPosition Position { get; set; }

    public int Credit => Window;

    public bool TakesMany => true;

    public Task Completion => _items.Reader.Completion;

    /// <summary>The items, once; what ends the call badly ends the enumeration.</summary>
    public async IAsyncEnumerable<TItem> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.UnsafeRegister(static (state, token) => ((PendingStream<TItem>)state!).Cancel(token), this);
        try
        {
            await foreach (var item in _items.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return item;
                if (++_taken < Window / 2)
                    continue;
                Tell(_taken);
                _taken = 0;
            }
        }
        finally
        {
            if (!_items.Reader.Completion.IsCompleted && table.Pending.Take(this))
            {
                table.Counters.Cancelled();
                CallTelemetry.Ended(this, table.Time, new OperationCanceledException());
                Tell(credit: 0); // The caller has seen enough.
            }
        }
    }

    // Items come in the order of their numbers: one queue, one connection. One that comes twice is dropped, and a missing one is noticed.
    public bool TryAdd(in CallEvent reply)
    {
        if (!StreamHeaders.IsItem(reply.Properties))
        {
            if (!table.Pending.Take(this))
                return false;
            table.Counters.Replied();
            Complete(reply);
            return true;
        }
        var number = StreamHeaders.NumberOf(reply.Properties);
        if (number < _expected)
            return false;
        _controlQueue = _controlQueue.Length > 0 ? _controlQueue : StreamHeaders.ControlQueueOf(reply.Properties);
        if (number > _expected)
            Break(RpcStatus.DataLoss, $"item {_expected} of the stream is missing, {number} came instead");
        else if (!method.TryDecodeReply(reply.Body.Span, out var item, out var error))
            Break(RpcStatus.Internal, $"item {number} of the stream cannot be read: {error}");
        else
            _items.Writer.TryWrite(item);
        _expected++;
        reply.Buffer?.Release();
        return true;
    }

    public void Complete(in CallEvent reply)
    {
        Exception? failure = null;
        if (Fault.TryRead(reply.Properties, out var fault))
            failure = fault.ToException(method, reply.Body.Span, table.Time.GetElapsedTime(started));
        else if (!StreamHeaders.TryReadEnd(reply.Properties, out var count))
            failure = table.Explain(this, RpcStatus.Internal, RpcOutcome.Executed, "the reply is not a stream");
        else if (count != _expected)
            failure = table.Explain(this, RpcStatus.DataLoss, RpcOutcome.Executed, $"the stream has {count} items, and {_expected} came");
        reply.Buffer?.Release();
        End(failure);
    }

    public void Fail(Exception reason) => End(reason);

    private void Break(RpcStatus status, string detail)
    {
        if (!table.Pending.Take(this))
            return;
        End(table.Explain(this, status, RpcOutcome.Executed, detail));
        Tell(credit: 0);
    }

    private void End(Exception? failure)
    {
        CallTelemetry.Ended(this, table.Time, failure);
        _items.Writer.TryComplete(failure);
    }

    private void Cancel(CancellationToken cancellationToken) => table.Cancel(this, cancellationToken);

    private void Tell(int credit)
    {
        if (Link is not { } link)
            return;
        if (_controlQueue.Length > 0)
            control.Grant(link, Id, _controlQueue, credit);
        else if (credit == 0)
            control.Cancel(link, this);
    }
}
