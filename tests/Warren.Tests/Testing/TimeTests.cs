using Warren.Amqp;
using Warren.Client;
using Warren.Testing;

namespace Warren.Tests.Testing;

[Collection(nameof(AloneCollection))]
public sealed class TimeTests : IAsyncLifetime
{
    private TestBroker _broker = null!;
    private Bus _bus = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        _bus = await _broker.ConnectAsync("bus", cancellationToken: TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_timeout_of_thirty_seconds_passes_without_anybody_waiting()
    {
        await using var server = await ServeSlowlyAsync(TimeSpan.FromSeconds(40));
        var call = _bus.CallAsync<int>("slow", 1, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(29.9));
        Assert.False(call.IsCompleted);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(0.1));

        Assert.True(call.IsCompleted, "the clock stands at the deadline, and what was due has happened");
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal("no reply after 30 s: queue slow has 1 consumer, 0 requests waiting", error.Detail);
    }

    [Fact]
    public async Task A_handler_in_time_answers_at_its_moment()
    {
        await using var server = await ServeSlowlyAsync(TimeSpan.FromSeconds(4));
        var call = _bus.CallAsync<int>("slow", 7, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });

        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(30));

        Assert.Equal(7, await call);
        Assert.Equal(TimeSpan.FromSeconds(4), _broker.Time.Elapsed);
    }

    [Fact]
    public async Task The_handlers_token_fires_at_the_deadline_of_its_caller()
    {
        var fired = TimeSpan.Zero;
        await using var server = await _bus.ServeAsync("slow", async (int n, CancellationToken token) =>
        {
            token.Register(() => fired = _broker.Time.Elapsed);
            await _broker.Time.Delay(TimeSpan.FromHours(1), token);
            return n;
        });
        var call = _bus.CallAsync<int>("slow", 1, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });

        await _broker.AdvanceAsync(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(TimeSpan.FromSeconds(30), fired);
    }

    [Fact]
    public async Task A_message_expires_when_the_clock_says_so()
    {
        var queue = new Queue("short-lived") { Arguments = FieldTable.Create(("x-message-ttl", 3_600_000)) };
        await _bus.SendAsync(queue, "x", cancellationToken: TestContext.Current.CancellationToken);

        await _broker.AdvanceAsync(TimeSpan.FromMinutes(59));
        Assert.Equal(1, await CountAsync("short-lived"));
        await _broker.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, await CountAsync("short-lived"));
    }

    [Fact]
    public async Task Heartbeats_keep_an_idle_connection_for_an_hour()
    {
        await _broker.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.True(_bus.IsConnected);
        Assert.Equal(0, _bus.Statistics.Reconnects);
        _broker.Transcript.ShouldContainInOrder("bus -> heartbeat", "bus <- heartbeat");
    }

    [Fact]
    public async Task Back_off_is_the_clocks_too()
    {
        _broker.Connection("bus").RefuseNext(3);

        _broker.Connection("bus").Cut();
        await _broker.SettleAsync();
        Assert.False(_bus.IsConnected);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2)); // 100 + 200 + 400 + 800 ms at most.

        Assert.True(_bus.IsConnected);
        Assert.Equal(5, _broker.Connection("bus").Count);
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task Retries_wait_for_the_clock()
    {
        await _bus.SendAsync("later", 0); // The queue is there, and nobody serves it.
        var call = _bus.CallAsync<int>("later", 5, new CallOptions { Retry = new RetryPolicy(firstDelay: TimeSpan.FromSeconds(8), maxDelay: TimeSpan.FromSeconds(8)), Timeout = TimeSpan.FromMinutes(1) });
        await _broker.SettleAsync();
        Assert.False(call.IsCompleted);
        await using var server = await _bus.ServeAsync("later", (int n) => n);

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3.9));
        Assert.False(call.IsCompleted);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(4.1));

        Assert.True(call.IsCompleted);
        Assert.Equal(5, await call);
    }

    [Fact]
    public async Task A_server_that_is_disposed_drains_on_the_clock_without_help()
    {
        var server = await ServeSlowlyAsync(TimeSpan.FromSeconds(5));
        var call = _bus.CallAsync<int>("slow", 3, new CallOptions { Timeout = TimeSpan.FromMinutes(1) });
        await _broker.SettleAsync();

        await server.DisposeAsync();

        Assert.Equal(3, await call);
        Assert.Equal(TimeSpan.FromSeconds(5), _broker.Time.Elapsed);
    }

    [Fact]
    public async Task Many_runs_end_the_same()
    {
        await using var server = await ServeSlowlyAsync(TimeSpan.FromMilliseconds(700));
        for (var run = 0; run < 50; run++)
        {
            var late = _bus.CallAsync<int>("slow", run, new CallOptions { Timeout = TimeSpan.FromMilliseconds(600) });
            var inTime = _bus.CallAsync<int>("slow", run, new CallOptions { Timeout = TimeSpan.FromMilliseconds(800) });

            await _broker.AdvanceAsync(TimeSpan.FromMilliseconds(700));

            Assert.True(late.IsFaulted);
            Assert.True(inTime.IsCompletedSuccessfully, $"run {run}: {inTime.Status}\n{_broker.Transcript}");
        }
    }

    [Fact]
    public async Task A_bus_that_was_disposed_tells_later_callers_so()
    {
        var bus = await _broker.ConnectAsync("gone", cancellationToken: TestContext.Current.CancellationToken);
        await bus.DisposeAsync();

        var call = bus.CallAsync<int>("slow", 1);
        await _broker.SettleAsync();

        Assert.True(call.IsFaulted, "it used to wait for its deadline, and something went on asking for a connection for ever");
        Assert.Equal(RpcStatus.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call)).Status);
    }

    [Fact]
    public async Task Timers_fire_at_their_moments_in_order()
    {
        var fired = new List<(string Name, TimeSpan At)>();
        await using var second = _broker.Time.CreateTimer(_ => fired.Add(("second", _broker.Time.Elapsed)), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        await using var first = _broker.Time.CreateTimer(_ => fired.Add(("first", _broker.Time.Elapsed)), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.Equal([("first", TimeSpan.FromSeconds(1)), ("second", TimeSpan.FromSeconds(2)), ("first", TimeSpan.FromSeconds(3))], fired);
    }

    [Fact]
    public async Task A_task_that_does_not_end_is_told()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => _broker.AdvanceUntilAsync(new TaskCompletionSource().Task, TimeSpan.FromSeconds(5)));

        Assert.Equal(TimeSpan.FromSeconds(5), _broker.Time.Elapsed);
    }

    private Task<RpcServer> ServeSlowlyAsync(TimeSpan takes) => _bus.ServeAsync("slow", async (int n, CancellationToken token) =>
    {
        await _broker.Time.Delay(takes, token);
        return n;
    });

    private async Task<long> CountAsync(string queue)
    {
        await using var client = await AmqpConnection.ConnectAsync(_broker.OptionsFor("counting"), TestContext.Current.CancellationToken);
        var channel = await client.OpenChannelAsync(TestContext.Current.CancellationToken);
        return (await channel.DeclareQueuePassiveAsync(queue, TestContext.Current.CancellationToken)).MessageCount;
    }
}
