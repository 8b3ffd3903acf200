using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// A request without a reply, until the broker has it in the service's queue. In Safe mode it is sent again under its id, as a Safe call is, when the broker
/// refuses it or the connection is lost; in Fast mode its caller hears of that at once.
/// </summary>
internal sealed class OneWayRequest(Publisher publisher, BusOptions bus, RpcContract contract, RpcMethod method, Payload arguments, CallOptions options, TraceHeaders? trace)
{
    private readonly TimeSpan _timeout = options.Timeout ?? bus.CallTimeout;
    private readonly long _started = bus.Time.GetTimestamp();
    private readonly ShortString _id = Guid.NewGuid().ToString("N");
    private readonly ReadOnlyMemory<byte> _body = arguments.ToOctets();
    private readonly BasicPublish _publish = new(ContractTopology.EncodedExchange, contract.Name + SafeCalls.QueueSuffix, Mandatory: true);
    private bool _mayBeThere; // Written, and the broker has not said that it did not take it.
    private int _refusals;

    /// <exception cref="RpcException">No service, or the broker did not take it.</exception>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_timeout, bus.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            for (var attempt = 1; !await TrySendAsync(attempt, limit.Token).ConfigureAwait(false); attempt++)
                await Task.Delay(Refusals.DelayAfter(attempt), bus.Time, limit.Token).ConfigureAwait(false);
        }
        catch (MessageReturnedException e)
        {
            throw Ended(RpcStatus.Unavailable, $"no server: queue {_publish.RoutingKey} does not exist", e);
        }
        catch (PublishNackedException e)
        {
            throw Ended(RpcStatus.ResourceExhausted, $"the broker did not take the message: queue {_publish.RoutingKey} is full, or has no leader", e);
        }
        catch (AmqpException e)
        {
            throw Ended(RpcStatus.Unavailable, e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Ended(RpcStatus.DeadlineExceeded, $"the broker did not confirm the message within {RpcException.Show(_timeout)}{Refusals.Describe(_refusals)}", e);
        }
    }

    // False when it should go once more.
    private async Task<bool> TrySendAsync(int attempt, CancellationToken cancellationToken)
    {
        var wasThere = _mayBeThere;
        try
        {
            var channel = await publisher.GetContractChannelAsync(cancellationToken).ConfigureAwait(false);
            _mayBeThere = true;
            await channel.PublishConfirmedAsync(_publish, Properties(attempt), _body, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PublishNackedException)
        {
            _mayBeThere = wasThere;
            _refusals++;
            if (options.Mode != CallMode.Safe)
                throw;
            return false;
        }
        catch (MessageReturnedException)
        {
            _mayBeThere = wasThere;
            throw;
        }
        catch (Exception e) when (options.Mode == CallMode.Safe && e is ConnectionClosedException or ChannelClosedException { ReplyCode: not ReplyCode.AccessRefused })
        {
            return false;
        }
    }

    private RequestProperties Properties(int attempt)
    {
        var left = (int)(_timeout - bus.Time.GetElapsedTime(_started)).TotalMilliseconds;
        return new RequestProperties(arguments.ContentType, default, default, Math.Max(1, left), bus.Time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            Attempt = attempt,
            Method = method.EncodedName,
            MessageId = _id,
            Trace = trace,
        };
    }

    private RpcException Ended(RpcStatus status, string detail, Exception inner) =>
        new(status, _mayBeThere ? RpcOutcome.MaybeExecuted : RpcOutcome.NotExecuted, detail, bus.Time.GetElapsedTime(_started), inner);
}
