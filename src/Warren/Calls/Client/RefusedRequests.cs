using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// The broker has closed the request channel of Fast calls for a request that it would not take, and does not say for which. Which calls end, and how:
/// <list type="bullet">
/// <item>A broker works off a channel in order. What was written before the guilty request was taken, and its reply comes yet, for the reply queue stands: these
/// calls go on. The guilty one was not executed. What was written behind it was discarded without being looked at: not executed either.</item>
/// <item>Too large (406): the broker's text has the limit, and the client knows its large requests, so the guilty one is the first that exceeds it.</item>
/// <item>403 and 404: the text names the exchange, so that a fault of contracts' exchange leaves calls of queues alone that were written before the first call of a
/// contract. Among those that used the exchange nobody can tell; the first may run since long. They end at once all the same, as in-flight Fast calls
/// do when their connection is lost: to most of them no reply would come, and their callers would learn at the deadline only, and less. But "not executed" is
/// said of one alone, the last that was written to the channel, since the guilty one cannot have come after it. That one is the only one where
/// requests are few, which is the common case: a user without permission, from the first call on.</item>
/// <item>Nothing is sent again: Fast calls keep no request, and what is known to be not executed can be repeated by its caller or by a
/// <see cref="RetryPolicy"/>.</item>
/// </list>
/// The guilty call may have left the table before (cancelled, or late). Then the first suspect is taken for it, which is wrong in the safe direction only: what was
/// discarded before it waits until its deadline, and nothing that may have run is said to be not executed.
/// </summary>
internal sealed class RefusedRequests(CallTable table, SizeLimit sizes)
{
    /// <summary>Ends the calls of a link whose request channel the broker has closed.</summary>
    public void End(CallLink link, ChannelClosedException fault)
    {
        var isSize = sizes.TryLearn(fault);
        var calls = table.Pending.WrittenTo(link);
        var first = Math.Max(0, calls.FindIndex(call => IsSuspect(call, fault, isSize)));
        var guiltyIsKnown = isSize && calls.Count > 0 && sizes.Exceeds(calls[first]);
        for (var i = first; i < calls.Count; i++)
        {
            var call = calls[i];
            var notExecuted = guiltyIsKnown || call.Position == link.Requests.LastPublished;
            table.TryEnd(call, IsSuspect(call, fault, isSize) ? Refused(call, fault, isSize, notExecuted) : Discarded(call, fault, notExecuted));
        }
    }

    private bool IsSuspect(IPendingCall call, ChannelClosedException fault, bool isSize) =>
        isSize ? sizes.Exceeds(call) : !NamesExchange(fault) || fault.Message.Contains($"exchange '{ExchangeOf(call)}'", StringComparison.Ordinal);

    private RpcException Refused(IPendingCall call, ChannelClosedException fault, bool isSize, bool notExecuted) => isSize
        ? sizes.Explain(table, call, RpcOutcome.NotExecuted)
        : table.Explain(call, FailureStatus.Of(fault), OutcomeOf(notExecuted), $"the broker refused it, or one beside it: {fault.Message}", fault);

    private RpcException Discarded(IPendingCall call, ChannelClosedException fault, bool notExecuted) =>
        table.Explain(call, RpcStatus.Unavailable, OutcomeOf(notExecuted), $"the broker closed the channel because of another request: {fault.Message}", fault);

    private static RpcOutcome OutcomeOf(bool notExecuted) => notExecuted ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted;

    private static bool NamesExchange(ChannelClosedException fault) =>
        fault.ReplyCode is ReplyCode.AccessRefused or ReplyCode.NotFound && fault.Message.Contains("exchange '", StringComparison.Ordinal);

    // In permission matters the default exchange has this name.
    private static string ExchangeOf(IPendingCall call) => call.Address.IsContract ? ContractTopology.Exchange : "amq.default";
}
