namespace Warren.Tests.Calls;

public sealed class RetryPolicyTests
{
    private static readonly RpcException Unavailable = new(RpcStatus.Unavailable, RpcOutcome.NotExecuted, "down");

    [Fact]
    public void A_failure_that_no_repetition_mends_costs_nothing()
    {
        var policy = new RetryPolicy(budget: 4);
        for (var i = 0; i < 100; i++)
            Assert.False(policy.MayRetry(new RpcException(i % 2 == 0 ? RpcStatus.InvalidArgument : RpcStatus.NotFound, RpcOutcome.NotExecuted, "bad"), isIdempotent: true, attempt: 1));

        Assert.True(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1));
    }

    [Fact]
    public void Below_half_of_the_budget_nothing_is_repeated_until_successes_have_filled_it()
    {
        var policy = new RetryPolicy(budget: 4, refill: 0.5);
        Assert.True(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1)); // 3
        Assert.True(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1)); // 2
        Assert.False(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1)); // 1

        policy.Succeeded(); // 1.5
        policy.Succeeded(); // 2
        Assert.False(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1)); // 1
        for (var i = 0; i < 4; i++)
            policy.Succeeded(); // 3
        Assert.True(policy.MayRetry(Unavailable, isIdempotent: false, attempt: 1));
    }

    [Fact]
    public void What_may_have_run_is_repeated_only_if_it_may_run_twice()
    {
        var policy = new RetryPolicy();
        var failure = new RpcException(RpcStatus.Unavailable, RpcOutcome.MaybeExecuted, "cut");

        Assert.False(policy.MayRetry(failure, isIdempotent: false, attempt: 1));
        Assert.True(policy.MayRetry(failure, isIdempotent: true, attempt: 1));
        Assert.False(policy.MayRetry(new RpcException(RpcStatus.Unavailable, RpcOutcome.Executed, "ran"), isIdempotent: true, attempt: 1));
    }

    [Fact]
    public void The_last_attempt_is_not_repeated() => Assert.False(new RetryPolicy(maxAttempts: 2).MayRetry(Unavailable, isIdempotent: false, attempt: 2));

    [Fact]
    public void The_server_says_when_and_otherwise_the_wait_grows()
    {
        var policy = new RetryPolicy(firstDelay: TimeSpan.FromMilliseconds(20), maxDelay: TimeSpan.FromMilliseconds(100));
        var busy = new RpcException(RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, "full") { RetryAfter = TimeSpan.FromSeconds(3) };

        Assert.Equal(TimeSpan.FromSeconds(3), policy.DelayAfter(busy, 1, 0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(10), policy.DelayAfter(Unavailable, 1, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(20), policy.DelayAfter(Unavailable, 1, 1));
        Assert.Equal(TimeSpan.FromMilliseconds(80), policy.DelayAfter(Unavailable, 3, 1));
        Assert.Equal(TimeSpan.FromMilliseconds(100), policy.DelayAfter(Unavailable, 9, 1));
    }
}
