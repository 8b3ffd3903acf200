using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A call to all instances of a service: it has as many replies as there are instances, and ends at its deadline or when it has enough.</summary>
internal sealed class PendingScatter<TReply>(CallTable table, CallAddress address, RpcMethod<TReply>? method, Activity? span, long started, long deadline)
    : PendingMany<TReply>(table, address, method, span, started, deadline)
{
    private readonly Channel<RpcReply<TReply>> _replies = Channel.CreateUnbounded<RpcReply<TReply>>(new UnboundedChannelOptions { SingleReader = true });

    public override Task Completion => _replies.Reader.Completion;

    /// <summary>The replies as they come, good ones and faults, at most <paramref name="most"/>; the deadline ends them.</summary>
    public async IAsyncEnumerable<RpcReply<TReply>> ReadAsync(int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelled = EndBy(cancellationToken);
        try
        {
            await foreach (var reply in _replies.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return reply;
                if (--most == 0)
                    break;
            }
        }
        finally
        {
            if (Table.TryAbandon(this)) // Enough: the other instances need not go on.
                CallTelemetry.Ended(this, Table.Time, failure: null);
        }
    }

    public override bool TryAdd(in CallEvent reply)
    {
        Table.Counters.Replied();
        _replies.Writer.TryWrite(Read(reply));
        reply.Buffer?.Release();
        return true;
    }

    public override void Fail(Exception reason)
    {
        // The deadline is what ends it in good order; that nobody replied is an answer too.
        var expired = reason is RpcException { Status: RpcStatus.DeadlineExceeded };
        CallTelemetry.Ended(this, Table.Time, expired ? null : reason);
        _replies.Writer.TryComplete(expired ? null : reason);
    }

    private RpcReply<TReply> Read(in CallEvent reply)
    {
        try
        {
            return ReadCarefully(reply);
        }
        catch (Exception e) // The application's own: a converter, a constructor, a fault's type.
        {
            return new RpcReply<TReply>(default!, Explain(RpcStatus.Internal, $"the reply cannot be read: {e.Message}"));
        }
    }

    private RpcReply<TReply> ReadCarefully(in CallEvent reply)
    {
        if (Fault.TryRead(reply.Properties, out var fault))
            return new RpcReply<TReply>(default!, Explain(fault, reply.Body.Span));
        TReply value;
        string error;
        var read = TypedMethod is null ? Table.Codec.TryDecode(reply.Content, out value, out error) : TypedMethod.TryDecodeReply(reply.Content, out value, out error);
        return new RpcReply<TReply>(value, read ? null : Explain(RpcStatus.Internal, $"the reply cannot be read: {error}"));
    }
}

/// <summary>One instance's answer to a call to all.</summary>
/// <typeparam name="TReply">The value.</typeparam>
/// <param name="ValueOrDefault">The value; default when the instance answered with a fault.</param>
/// <param name="Fault">Why there is no value; null when there is one.</param>
public readonly record struct RpcReply<TReply>(TReply ValueOrDefault, RpcException? Fault)
{
    /// <summary>The value.</summary>
    /// <exception cref="RpcException">The instance answered with a fault.</exception>
    public TReply Value => Fault is null ? ValueOrDefault : throw Fault;
}
