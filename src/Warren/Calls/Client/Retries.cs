namespace Warren;

/// <summary>A call that is made again when its policy allows it, as one call to its caller: one deadline for all attempts.</summary>
internal static class Retries
{
    public static async Task<TReply> RunAsync<TReply>(
        RetryPolicy policy, bool isIdempotent, CallOptions options, BusOptions bus, Func<CallOptions, Task<TReply>> call, CancellationToken cancellationToken)
    {
        var started = bus.Time.GetTimestamp();
        var timeout = options.Timeout ?? bus.CallTimeout;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var reply = await call(options with { Timeout = Left(), Attempt = attempt }).ConfigureAwait(false);
                policy.Succeeded();
                return reply;
            }
            catch (RpcException e) when (policy.MayRetry(e, isIdempotent, attempt))
            {
                var delay = policy.DelayAfter(e, attempt, Random.Shared.NextDouble());
                if (delay >= Left())
                    throw; // There would be no time for another one.
                await Task.Delay(delay, bus.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        TimeSpan Left()
        {
            var left = timeout - bus.Time.GetElapsedTime(started);
            return left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1);
        }
    }
}
