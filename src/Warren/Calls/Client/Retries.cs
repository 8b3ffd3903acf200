namespace Warren;

/// <summary>A call that is made again when its policy allows it, as one call to its caller: one deadline for all attempts.</summary>
internal static class Retries
{
    public static async Task<TReply> RunAsync<TReply>(
        RetryPolicy policy, bool isIdempotent, CallOptions options, BusOptions bus, Func<CallOptions, Task<TReply>> call, CancellationToken cancellationToken)
    {
        var started = bus.Time.GetTimestamp();
        var timeout = options.Timeout ?? bus.CallTimeout;
        var mayHaveRun = false;
        options = options with { MessageId = options.Mode == CallMode.Safe ? Guid.NewGuid().ToString("N") : null }; // So that servers know each attempt again.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var reply = await call(options with { Timeout = Left(), Attempt = attempt }).ConfigureAwait(false);
                policy.Succeeded();
                return reply;
            }
            catch (RpcException e) when (policy.MayRetry(e, isIdempotent || options.Mode == CallMode.Safe, attempt) && policy.DelayAfter(e, attempt, Random.Shared.NextDouble()) is var delay && delay < Left())
            {
                mayHaveRun |= e.Outcome == RpcOutcome.MaybeExecuted;
                await Task.Delay(delay, bus.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException e) when (mayHaveRun && e.Outcome == RpcOutcome.NotExecuted)
            {
                throw new RpcException(e.Status, RpcOutcome.MaybeExecuted, $"{e.Detail}; an earlier attempt may have been executed", bus.Time.GetElapsedTime(started), e) { RetryAfter = e.RetryAfter };
            }
        }

        TimeSpan Left()
        {
            var left = timeout - bus.Time.GetElapsedTime(started);
            return left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1);
        }
    }
}
