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
    : PendingMany<TItem>(table, address, method, span, started, deadline)
{
    private const int Window = 64;

    private readonly Channel<TItem> _items = Channel.CreateUnbounded<TItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new(); // Runners that help each other may bring replies out of their order.
    private readonly Dictionary<long, TItem> _early = []; // Items whose turn has not come; guarded by _gate, as everything to the blank line.
    private string _controlQueue = "";
    private long _expected;
    private long _count = long.MaxValue; // How many items there are, once the end has said so.
    private Exception? _failure;         // What the end said besides.

    private int _taken;

    /// <summary>True when a reply that is no stream is taken as one of a single item: the caller knows the method by its name only.</summary>
    public bool TakesOne { get; init; }

    public override int Credit => Window;

    public override Task Completion => _items.Reader.Completion;

    /// <summary>The items, once; what ends the call badly ends the enumeration.</summary>
    public async IAsyncEnumerable<TItem> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelled = EndBy(cancellationToken);
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
            if (!_items.Reader.Completion.IsCompleted && Table.Pending.Take(this))
            {
                Table.Counters.Cancelled();
                CallTelemetry.Ended(this, Table.Time, new OperationCanceledException());
                Tell(credit: 0); // The caller has seen enough.
            }
        }
    }

    // One that comes twice is dropped. One that is missing is noticed when more came after it than were ever granted; else the deadline ends the call.
    public override bool TryAdd(in CallEvent reply)
    {
        lock (_gate)
        {
            try
            {
                if (StreamHeaders.IsItem(reply.Properties) ? !TryAddItem(reply) : !TryEnd(reply))
                    return false;
            }
            catch (Exception e) // The application's own: a converter, a constructor, a fault's type.
            {
                Break(RpcStatus.Internal, $"the stream cannot be read: {e.Message}");
            }
        }
        reply.Buffer?.Release();
        return true;
    }

    public override void Fail(Exception reason)
    {
        CallTelemetry.Ended(this, Table.Time, reason);
        _items.Writer.TryComplete(reason);
    }

    private bool TryAddItem(in CallEvent reply)
    {
        var number = StreamHeaders.NumberOf(reply.Properties);
        if (number < _expected || _early.ContainsKey(number))
            return false;
        if (_controlQueue.Length == 0)
            _controlQueue = StreamHeaders.ControlQueueOf(reply.Properties);
        if (!TypedMethod!.TryDecodeReply(reply.Content, out var item, out var error))
            Break(RpcStatus.Internal, $"item {number} of the stream cannot be read: {error}");
        else if (_early.Count >= 2 * Window)
            Break(RpcStatus.DataLoss, $"item {_expected} of the stream is missing");
        else
            Sort(number, item);
        return true;
    }

    private void Sort(long number, TItem item)
    {
        if (number != _expected)
        {
            _early.Add(number, item);
            return;
        }
        do
            _items.Writer.TryWrite(item);
        while (_early.Remove(++_expected, out item!));
        EndIfComplete();
    }

    private bool TryEnd(in CallEvent reply)
    {
        if (_count != long.MaxValue)
            return false;
        var hasCount = StreamHeaders.TryReadEnd(reply.Properties, out var count);
        if (Fault.TryRead(reply.Properties, out var fault))
            _failure = Explain(fault, reply.Body.Span);
        else if (!hasCount && TakesOne && _expected == 0)
            return TryAddOnly(reply);
        else if (!hasCount)
            _failure = Explain(RpcStatus.Internal, "the reply is not a stream");
        _count = hasCount ? count : _expected; // What was refused before it began has no items.
        EndIfComplete();
        return true;
    }

    private bool TryAddOnly(in CallEvent reply)
    {
        if (!TypedMethod!.TryDecodeReply(reply.Content, out var item, out var error))
            _failure = Explain(RpcStatus.Internal, $"the reply cannot be read: {error}");
        _count = _failure is null ? 1 : 0;
        if (_failure is null)
            Sort(0, item);
        else
            EndIfComplete();
        return true;
    }

    private void EndIfComplete()
    {
        if (_expected < _count || !Table.Pending.Take(this))
            return;
        Table.Counters.Replied();
        CallTelemetry.Ended(this, Table.Time, _failure);
        _items.Writer.TryComplete(_failure);
    }

    private void Break(RpcStatus status, string detail)
    {
        if (!Table.Pending.Take(this))
            return;
        Fail(Explain(status, detail));
        Tell(credit: 0);
    }

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
