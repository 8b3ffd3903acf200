using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Runs the requests of one server. For each: is there time left, can it be decoded, run, reply, and then the acknowledgement. Whatever
/// goes wrong is answered, so that no request loops and no caller waits for nothing.
/// </summary>
internal sealed class RequestRunner(string queue, RequestHandler handler, ServeOptions options, TimeProvider time, Counters counters, ILogger log)
    : DispatchQueue<ServerItem>(options.HandlersAtOnce)
{
    private readonly RunningRequests _running = new(time);
    private ServerLink? _unflushed; // The link with acknowledgements to send; after a reconnect the old one has nothing to say any more.
    private volatile bool _stopping;

    /// <summary>From now on requests are given back instead of run.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Waits for what runs; past the time the tokens fire, and after that only a moment is left to react to them.</summary>
    public async Task DrainAsync(TimeSpan drainTime)
    {
        var idle = WhenIdleAsync();
        if (await IsDoneAsync(idle, drainTime).ConfigureAwait(false))
            return;
        _running.CancelAll();
        await IsDoneAsync(idle, TimeSpan.FromSeconds(1)).ConfigureAwait(false);
    }

    public void ReplyReturned(in InboundReturn returned) => counters.CallerGone();

    protected override void BeforeSend() => Volatile.Read(ref _unflushed)?.Acks.Flush();

    protected override ValueTask ProcessAsync(ServerItem item)
    {
        if (!item.Link.Channel.IsOpen)
        {
            item.Buffer?.Release(); // The broker has taken it back already: to run it now is to run it twice.
            return default;
        }
        if (_stopping)
        {
            GiveBack(item);
            return default;
        }
        var budget = Budget.Read(item.Properties, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (budget.IsSpent)
        {
            Answer(item, new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted, $"the request reached its server {-budget.LeftMs} ms after its deadline"));
            return default;
        }
        var source = handler.TakesToken ? _running.Start(budget) : null;
        try
        {
            if (!handler.TryStart(queue, item, budget, source?.Token ?? default, out var reply, out var error))
                Answer(item, new Fault(RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, error));
            else if (reply.IsCompletedSuccessfully)
                Answer(item, reply.Result);
            else
                return FinishAsync(Keep(item), reply.AsTask(), source);
        }
        catch (Exception e)
        {
            Answer(item, ToFault(e, source));
        }
        if (source is not null)
            _running.End(source);
        return default;
    }

    private async ValueTask FinishAsync(ServerItem item, Task<Payload> running, CancellationTokenSource? source)
    {
        Payload reply = default;
        Fault? fault = null;
        try
        {
            reply = await running.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            fault = ToFault(e, source);
        }
        // This may be any thread, so no runner will send for us: the reply and its acknowledgement in one go.
        var sends = SendScope.Current is null ? SendScope.Enter() : null;
        if (fault is { } failed)
            Answer(item, failed);
        else
            Answer(item, reply);
        item.Link.Acks.Flush();
        sends?.Exit();
        if (source is not null)
            _running.End(source);
    }

    // A handler that awaits must not hold a whole receive buffer: of the request only properties are needed for the reply.
    private static ServerItem Keep(ServerItem item)
    {
        var kept = item with { Properties = item.Properties.ToOwned(), Body = default, Buffer = null };
        item.Buffer?.Release();
        return kept;
    }

    private void Answer(in ServerItem item, in Payload reply)
    {
        counters.Served();
        var properties = item.Properties;
        if (properties.ReplyTo is { IsEmpty: false } replyTo)
            Reply(item, replyTo, reply, new ReplyProperties(reply.ContentType, properties.CorrelationId));
        Settle(item);
    }

    private void Answer(in ServerItem item, in Fault fault)
    {
        counters.Faulted();
        var properties = item.Properties;
        if (properties.ReplyTo is { IsEmpty: false } replyTo)
            Reply(item, replyTo, new Payload((ReadOnlyMemory<byte>)fault.ToBody()), fault.ToProperties(properties.CorrelationId));
        else
            Log.OneWayFailed(log, queue, fault.Status, fault.Detail);
        Settle(item);
    }

    private void Reply<TProperties>(in ServerItem item, ShortString replyTo, in Payload body, in TProperties properties)
        where TProperties : IPropertiesWriter
    {
        try
        {
            // Mandatory, so that a caller who is gone can be counted.
            body.Publish(item.Link.Channel, new BasicPublish(default, replyTo, Mandatory: true), properties);
        }
        catch (AmqpException e)
        {
            Log.ReplyLost(log, queue, e.Message); // The request was not acknowledged either: the broker delivers it again.
        }
    }

    // After the reply: on one channel the broker sees them in this order.
    private void Settle(in ServerItem item)
    {
        item.Link.Acks.Done(item.Place);
        if (item.Link.Channel.IsOpen)
            Volatile.Write(ref _unflushed, item.Link);
        item.Buffer?.Release();
    }

    private static void GiveBack(in ServerItem item)
    {
        item.Link.Channel.Nack(item.DeliveryTag, requeue: true);
        item.Link.Acks.Forget(item.Place);
        item.Buffer?.Release();
    }

    private Fault ToFault(Exception failure, CancellationTokenSource? source)
    {
        if (failure is RpcException said) // The handler speaks to its caller.
            return new Fault(said.Status, RpcOutcome.Executed, said.Detail);
        if (failure is OperationCanceledException && source is { IsCancellationRequested: true })
        {
            return _stopping
                ? new Fault(RpcStatus.Unavailable, RpcOutcome.Executed, "the server stopped before the handler had finished")
                : new Fault(RpcStatus.DeadlineExceeded, RpcOutcome.Executed, "the handler stopped at the request's deadline");
        }
        // The text of an exception may hold what callers should not see; they get the id under which it stands in the log.
        var id = Guid.NewGuid().ToString("N")[..12];
        Log.HandlerFailed(log, failure, queue, id);
        return new Fault(RpcStatus.Internal, RpcOutcome.Executed, $"the handler failed; the server's log has the reason under {id}");
    }

    private static async Task<bool> IsDoneAsync(Task task, TimeSpan within)
    {
        try
        {
            await task.WaitAsync(within).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
