namespace Warren;

/// <summary>
/// Makes a call again that surely was not executed, or that may run twice (<see cref="IdempotentAttribute"/>, <see cref="CallOptions.IsIdempotent"/>), within
/// its deadline. One policy has one budget for all the calls that use it, so that a service in trouble is not buried under repetitions: each failure that
/// another attempt might mend costs a token, each success gives a part of one back, and below half of them nothing is repeated (the rule of gRPC's retry throttling,
/// https://github.com/grpc/proposal/blob/master/A6-client-retries.md).
/// </summary>
public sealed class RetryPolicy
{
    private readonly Lock _gate = new();
    private double _tokens; // Guarded by _gate.

    /// <summary>Makes a policy with its budget full.</summary>
    /// <param name="maxAttempts">How often a call is made in all, 2 to 100; default 5.</param>
    /// <param name="firstDelay">About how long to wait before the second attempt, default 20 ms; doubled for each further one, with jitter.</param>
    /// <param name="maxDelay">The longest wait, default 1 s.</param>
    /// <param name="budget">The tokens, 1 to 1000; default 10.</param>
    /// <param name="refill">What a success gives back, more than 0 and at most 1; default 0.1.</param>
    public RetryPolicy(int maxAttempts = 5, TimeSpan? firstDelay = null, TimeSpan? maxDelay = null, int budget = 10, double refill = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxAttempts, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(budget, 1000);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(refill);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(refill, 1);
        MaxAttempts = maxAttempts;
        FirstDelay = firstDelay ?? TimeSpan.FromMilliseconds(20);
        MaxDelay = maxDelay ?? TimeSpan.FromSeconds(1);
        Budget = budget;
        Refill = refill;
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstDelay, TimeSpan.Zero, nameof(firstDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, FirstDelay, nameof(maxDelay));
        _tokens = budget;
    }

    /// <summary>How often a call is made in all.</summary>
    public int MaxAttempts { get; }

    /// <summary>About how long to wait before the second attempt.</summary>
    public TimeSpan FirstDelay { get; }

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxDelay { get; }

    /// <summary>The tokens when the budget is full.</summary>
    public int Budget { get; }

    /// <summary>What a success gives back.</summary>
    public double Refill { get; }

    internal void Succeeded()
    {
        if (Volatile.Read(ref _tokens) >= Budget)
            return;
        lock (_gate)
            _tokens = Math.Min(Budget, _tokens + Refill);
    }

    /// <summary>Counts a failure; false when the call has to end with it.</summary>
    internal bool MayRetry(RpcException failure, bool isIdempotent, int attempt)
    {
        if (failure.Status is not (RpcStatus.Unavailable or RpcStatus.ResourceExhausted or RpcStatus.Aborted))
            return false; // It says nothing of the service's health, and costs nothing: bad arguments must not use up the budget.
        lock (_gate)
        {
            _tokens = Math.Max(0, _tokens - 1);
            if (_tokens < Budget / 2.0)
                return false;
        }
        return attempt < MaxAttempts && (failure.Outcome == RpcOutcome.NotExecuted || (failure.Outcome == RpcOutcome.MaybeExecuted && isIdempotent));
    }

    /// <summary>How long to wait before the next attempt: what the server asked for, or between half and all of the back-off.</summary>
    internal TimeSpan DelayAfter(RpcException failure, int attempt, double random)
    {
        if (failure.RetryAfter is { } asked)
            return asked;
        var backOff = Math.Min(MaxDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, attempt - 1));
        return TimeSpan.FromMilliseconds(backOff * (0.5 + (random / 2)));
    }
}
