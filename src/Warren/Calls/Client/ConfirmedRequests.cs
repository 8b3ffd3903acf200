using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>What became of one attempt to bring a request to the broker.</summary>
internal enum SendingResult
{
    /// <summary>The broker has it.</summary>
    Taken,

    /// <summary>The broker has said that it did not take it, and may take it later.</summary>
    Nacked,

    /// <summary>The broker has closed the channel for one of the requests on it: see <see cref="ConfirmedRequests.SendRefusedAsync"/>.</summary>
    Refused,

    /// <summary>The channel is gone, and nothing is known: it has to be sent again, or its caller told.</summary>
    Lost,

    /// <summary>The call has ended.</summary>
    Ended,
}

/// <summary>
/// Brings requests to a broker that confirms them, and finds the guilty one when the broker closes the channel for something that it will not do: every request on the
/// channel that is not confirmed yet fails with the same words then, whether it was refused, discarded behind the refused one, or taken just before it.
/// <list type="bullet">
/// <item>One request unconfirmed: it is the one.</item>
/// <item>Too large: those that exceed the limit in the broker's words; the others are sent again.</item>
/// <item>Otherwise each goes once more, under its id, alone on a fresh channel and one at a time. There the broker's words are meant for it, and whoever is
/// innocent is confirmed. Sending again is right here, though the first copy may have been taken: servers answer a known id with the stored reply. For that copy's
/// sake the guilty one is "maybe executed" when others were beside it: what it may do now it may have done before (a permission that was revoked meanwhile).</item>
/// </list>
/// </summary>
/// <param name="table">The calls.</param>
/// <param name="returned">Takes returned requests; null when they end the publish.</param>
internal sealed class ConfirmedRequests(CallTable table, ReturnSink? returned)
{
    private readonly SizeLimit _sizes = new();
    private readonly SemaphoreSlim _alone = new(1);

    /// <summary>What is known of the request so far.</summary>
    public static RpcOutcome OutcomeOf(IPendingCall call) => call.Sends == 0 ? RpcOutcome.NotExecuted : RpcOutcome.MaybeExecuted;

    /// <summary>Another broker may have other limits.</summary>
    public void Forget() => _sizes.Forget();

    /// <summary>Claims the link for the call and sends its request.</summary>
    public ValueTask<SendingResult> TrySendAsync(IPendingCall call, ConfirmedLink link, in BasicPublish publish, in RequestProperties properties, ReadOnlyMemory<byte> body)
    {
        if (body.Length >= SizeLimit.Large && !_sizes.Admits(call, body.Length))
            return new(End(call, _sizes.Explain(table, call, OutcomeOf(call))));
        link.Sending();
        Written(call); // Before it is claimed: whoever ends the call from here on has to say that it may have been executed.
        if (!table.Pending.TryClaim(call, link))
        {
            link.Settled();
            return new(SendingResult.Ended);
        }
        // Even if the call ends meanwhile: what became of the request counts for those that left with it.
        return ConfirmedAsync(call, link, link.Requests.PublishConfirmedAsync(publish, properties, body, CancellationToken.None));
    }

    /// <summary>Deals with a request whose channel was closed for it, or for another one.</summary>
    public async Task<SendingResult> SendRefusedAsync(IPendingCall call, ConfirmedLink link, BasicPublish publish, RequestProperties properties, ReadOnlyMemory<byte> body)
    {
        if (await link.Requests.Closed.ConfigureAwait(false) is not ChannelClosedException fault)
            return SendingResult.Lost;
        if (_sizes.TryLearn(fault))
        {
            if (_sizes.Exceeds(call))
                NotTaken(call);
            return SendingResult.Lost; // The next attempt ends the guilty, before it is written.
        }
        return link.Unconfirmed == 1 ? Guilty(call, fault) : await SendAloneAsync(call, link.Connection, publish, properties, body).ConfigureAwait(false);
    }

    // Apart from the publish, whose arguments are large: what waits here waits once for every call under way.
    private async ValueTask<SendingResult> ConfirmedAsync(IPendingCall call, ConfirmedLink link, Task confirm)
    {
        try
        {
            await confirm.ConfigureAwait(false);
            link.Settled();
            return SendingResult.Taken;
        }
        catch (ChannelClosedException fault) when (fault.IsRefusal())
        {
            return SendingResult.Refused;
        }
        catch (AmqpException e)
        {
            if (e is PublishNackedException or MessageReturnedException)
                link.Settled();
            return ResultOf(call, e);
        }
    }

    private async Task<SendingResult> SendAloneAsync(IPendingCall call, AmqpConnection connection, BasicPublish publish, RequestProperties properties, ReadOnlyMemory<byte> body)
    {
        var turn = _alone.WaitAsync();
        try
        {
            await Waiting.OrEndAsync(turn, call).ConfigureAwait(false);
            if (call.Completion.IsCompleted)
                return SendingResult.Ended;
            var channel = await connection.OpenChannelAsync().ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
            {
                channel.Returns = returned;
                await channel.EnableConfirmsAsync().ConfigureAwait(false);
                Written(call);
                await Waiting.OrEndAsync(channel.PublishConfirmedAsync(publish, properties, body, CancellationToken.None), call).ConfigureAwait(false);
                return SendingResult.Taken;
            }
        }
        catch (ChannelClosedException fault) when (fault.IsRefusal())
        {
            return Guilty(call, fault);
        }
        catch (AmqpException e)
        {
            return ResultOf(call, e);
        }
        finally
        {
            _ = turn.ContinueWith(static (_, alone) => ((SemaphoreSlim)alone!).Release(), _alone, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private SendingResult ResultOf(IPendingCall call, AmqpException failure)
    {
        switch (failure)
        {
            case PublishNackedException:
                NotTaken(call);
                call.Refusals++;
                return SendingResult.Nacked;
            case MessageReturnedException returned:
                NotTaken(call);
                var detail = $"no server: queue {call.Address.Name} does not exist ({(int)returned.ReplyCode} NO_ROUTE)";
                return End(call, table.Explain(call, RpcStatus.Unavailable, OutcomeOf(call), detail, returned));
            default:
                return SendingResult.Lost;
        }
    }

    private SendingResult Guilty(IPendingCall call, ChannelClosedException fault)
    {
        NotTaken(call);
        return End(call, table.Explain(call, FailureStatus.Of(fault), OutcomeOf(call), fault.Message, fault));
    }

    private SendingResult End(IPendingCall call, RpcException reason)
    {
        table.TryEnd(call, reason);
        return SendingResult.Ended;
    }

    // At the highest count it stays: that it may have been executed is all that matters.
    private static void Written(IPendingCall call)
    {
        if (call.Sends < byte.MaxValue)
            call.Sends++;
    }

    private static void NotTaken(IPendingCall call)
    {
        if (call.Sends < byte.MaxValue)
            call.Sends--;
    }
}
