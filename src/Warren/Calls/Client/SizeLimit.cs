using System.Globalization;
using System.Runtime.CompilerServices;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// How large a message the broker takes. AMQP has no word for it: the client learns it when a request is refused, from the broker's text, and from then on
/// refuses by itself, because a refused message costs everybody its channel. Sizes of large requests are remembered, so that the guilty one can be told.
/// </summary>
internal sealed class SizeLimit
{
    /// <summary>Octets; what is smaller is not looked at, for it is sent too often and refused too rarely.</summary>
    public const int Large = 64 * 1024;

    private readonly ConditionalWeakTable<IPendingCall, StrongBox<int>> _sizes = [];
    private volatile int _most = int.MaxValue;

    /// <summary>In octets, as far as it is known.</summary>
    public int Most => _most;

    /// <summary>Another broker may have another limit.</summary>
    public void Forget() => _most = int.MaxValue;

    /// <summary>Remembers the size of a call's request; false when it is known to be too large.</summary>
    public bool Admits(IPendingCall call, int octets)
    {
        _sizes.AddOrUpdate(call, new StrongBox<int>(octets));
        return octets <= _most;
    }

    public bool Exceeds(IPendingCall call) => _sizes.TryGetValue(call, out var octets) && octets.Value > _most;

    /// <summary>
    /// Reads "message size N is larger than configured max size M", which RabbitMQ and Warren say. False when the broker said something else, or when
    /// the limit is so low that requests are meant whose size nobody noted.
    /// </summary>
    public bool TryLearn(ChannelClosedException fault)
    {
        if (fault.ReplyCode != ReplyCode.PreconditionFailed || !fault.Message.Contains("message size", StringComparison.Ordinal))
            return false;
        var words = fault.Message.AsSpan().TrimEnd();
        var number = words[(words.LastIndexOf(' ') + 1)..];
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most < Large)
            return false;
        _most = most;
        return true;
    }

    public RpcException Explain(CallTable table, IPendingCall call, RpcOutcome outcome) =>
        table.Explain(call, RpcStatus.InvalidArgument, outcome, $"the request is too large: the broker takes {_most} octets at most");
}
