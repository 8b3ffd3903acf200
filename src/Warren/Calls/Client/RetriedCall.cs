using System.Diagnostics;

namespace Warren;

/// <summary>A call that is made again when its policy allows it, as one call to its caller: one deadline, one span and one measurement for all attempts.</summary>
/// <param name="Service">The contract's address, or the queue's name.</param>
/// <param name="Method">The contract's method; null for a queue.</param>
/// <param name="IsIdempotent">True when it may run twice.</param>
/// <param name="Options">How it is made; with a policy.</param>
/// <param name="Bus">How its bus is set up.</param>
internal readonly record struct RetriedCall(string Service, RpcMethod? Method, bool IsIdempotent, CallOptions Options, BusOptions Bus)
{
    public async Task<TReply> RunAsync<TReply>(Func<CallOptions, Task<TReply>> attempt, CancellationToken cancellationToken)
    {
        var started = Bus.Time.GetTimestamp();
        var span = CallTelemetry.Start(Service, Method);
        if (span is not null)
            Activity.Current = span; // For what the attempts send, as long as this method runs: it is part of this call.
        Exception? failure = null;
        try
        {
            return await RunAsync(attempt, started, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            CallTelemetry.Ended(Service, Method, span, Bus.Time.GetElapsedTime(started), failure);
        }
    }

    private async Task<TReply> RunAsync<TReply>(Func<CallOptions, Task<TReply>> attempt, long started, CancellationToken cancellationToken)
    {
        var policy = Options.Retry!;
        var mayHaveRun = false;
        var options = Options with { IsAttempt = true, MessageId = Options.Mode == CallMode.Safe ? Guid.NewGuid().ToString("N") : null }; // So that servers know each attempt again.
        for (var number = 1; ; number++)
        {
            try
            {
                var reply = await attempt(options with { Timeout = LeftSince(started), Attempt = number }).ConfigureAwait(false);
                policy.Succeeded();
                return reply;
            }
            catch (RpcException e) when (policy.MayRetry(e, IsIdempotent || options.Mode == CallMode.Safe, number)
                && policy.DelayAfter(e, number, Random.Shared.NextDouble()) is var delay && delay < LeftSince(started))
            {
                mayHaveRun |= e.Outcome == RpcOutcome.MaybeExecuted;
                await Task.Delay(delay, Bus.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException e) when (mayHaveRun && e.Outcome == RpcOutcome.NotExecuted)
            {
                throw new RpcException(e.Status, RpcOutcome.MaybeExecuted, $"{e.Detail}; an earlier attempt may have been executed", Bus.Time.GetElapsedTime(started), e) { RetryAfter = e.RetryAfter };
            }
        }
    }

    private TimeSpan LeftSince(long started)
    {
        var left = (Options.Timeout ?? Bus.CallTimeout) - Bus.Time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1);
    }
}
