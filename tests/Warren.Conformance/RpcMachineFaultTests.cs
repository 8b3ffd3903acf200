using System.Collections.Concurrent;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>
/// The rows of the fault table that happen to machines: the broker is killed, clocks are wrong, threads are missing, the other side is gone without a word. Otherwise as <see cref="RpcFaultTests"/>.
/// </summary>
[Collection(nameof(AloneCollection))]
public class RpcMachineFaultTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5); // A call that should end for another reason than its deadline.

    public static TheoryData<BrokerKind, CallMode> All => RpcFaultTests.All;

    public static TheoryData<BrokerKind, CallMode, int> Clocks { get; } =
        new(from row in RpcFaultTests.All from hours in new[] { -1, 1 } select (row.Data.Item1, row.Data.Item2, hours));

    // Both brokers keep their data: what they had confirmed is there again.
    [Theory]
    [MemberData(nameof(All))]
    public async Task R04_broker_killed_and_started_again(BrokerKind kind, CallMode mode)
    {
        await using var broker = await CrashingBroker.StartAsync(kind);
        await using var bus = await Bus.ConnectAsync(broker.Uri);
        await using var serving = await Bus.ConnectAsync(broker.Uri);
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = new ConcurrentDictionary<int, int>();
        await using var server = await serving.ServeAsync(Queue.Durable("jobs"), async (int n) =>
        {
            runs.AddOrUpdate(n, 1, (_, count) => count + 1);
            started.TrySetResult();
            await release.Task;
            return n * 10;
        });
        var call = bus.CallAsync<int>("jobs", 2, new CallOptions { Mode = mode, Timeout = Long });
        await started.Task;
        if (mode == CallMode.Safe)
            await broker.UntilQuorumQueueIsOnDiskAsync("warren.reply.");

        await broker.KillAsync();
        if (mode == CallMode.Fast)
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        Assert.False(mode == CallMode.Safe && call.IsCompleted);
        await broker.StartAgainAsync();
        release.SetResult();

        if (mode == CallMode.Safe)
            Assert.Equal(20, await call);
        await UntilAsync(() => bus.Statistics.Reconnects == 1 && serving.Statistics.Reconnects == 1);
        Assert.Equal(30, await bus.CallAsync<int>("jobs", 3, new CallOptions { Mode = mode, Timeout = Long }));
        Assert.Equal(1, runs[2]);
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Clocks))]
    public async Task R21_clocks_an_hour_apart(BrokerKind broker, CallMode mode, int hours)
    {
        await using var bus = await Bus.ConnectAsync(await brokers.UriOfAsync(broker), new BusOptions { TimeProvider = new ShiftedClock(TimeSpan.FromHours(hours)) });
        await using var serving = await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
        var queue = NewQueue();
        var left = new ConcurrentBag<TimeSpan?>();
        var stopped = new TaskCompletionSource();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), async (int n, CancellationToken token) =>
        {
            left.Add(RequestContext.Current!.TimeLeft);
            if (n >= 0)
                return n + 1;
            await using (token.UnsafeRegister(_ => stopped.TrySetResult(), null))
                await Task.Delay(Timeout.Infinite, token);
            return 0;
        });

        for (var n = 0; n < 100; n++)
            Assert.Equal(n + 1, await bus.CallAsync<int>(queue, n, new CallOptions { Mode = mode, Timeout = Long }));
        Assert.All(left, time => Assert.InRange(time!.Value, TimeSpan.FromMinutes(1), Long)); // Of five minutes, and not of none or of 65.

        var ended = await EndAsync(bus.CallAsync<int>(queue, -1, new CallOptions { Mode = mode, Timeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(RpcStatus.DeadlineExceeded, ended.Status); // Executed or perhaps: the server may tell a moment before the caller's own clock does.
        await stopped.Task; // The server's own clock ends it there.
    }

    // Three heartbeats long, with a broker that ends connections after two without a sign of life.
    [Theory]
    [MemberData(nameof(All))]
    public async Task R22_handlers_block_every_pool_thread(BrokerKind broker, CallMode mode)
    {
        const int handlers = 40;
        var connection = ConnectionOptions.Parse(await brokers.UriOfAsync(broker)) with { Heartbeat = TimeSpan.FromSeconds(1) };
        await using var bus = await Bus.ConnectAsync(connection);
        await using var serving = await Bus.ConnectAsync(connection);
        var queue = NewQueue();
        using var release = new ManualResetEventSlim();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), (int n) =>
        {
            if (n >= 0)
                release.Wait();
            return n;
        }, new ServeOptions { Prefetch = handlers });
        Assert.Equal(-1, await bus.CallAsync<int>(queue, -1, new CallOptions { Mode = mode, Timeout = Long }));
        ThreadPool.GetMinThreads(out var threads, out _);
        var blocked = Enumerable.Range(0, 4 * threads).Select(_ => Task.Run(release.Wait)).ToList();

        var calls = Enumerable.Range(0, handlers).Select(n => bus.CallAsync<int>(queue, n, new CallOptions { Mode = mode, Timeout = TimeSpan.FromSeconds(3) })).ToList();
        foreach (var call in calls)
            Assert.Equal(RpcStatus.DeadlineExceeded, (await EndAsync(call)).Status);

        Assert.False(release.IsSet);
        Assert.Equal((0, 0), (bus.Statistics.Reconnects, serving.Statistics.Reconnects));
        Assert.True(bus.IsConnected && serving.IsConnected);
        Assert.Equal(0, bus.Statistics.PendingCalls);
        release.Set();
        await Task.WhenAll(blocked);
        Assert.Equal(-2, await bus.CallAsync<int>(queue, -2, new CallOptions { Mode = mode, Timeout = Long }));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R24_half_open_connection(BrokerKind broker, CallMode mode)
    {
        await using var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var bus = await Bus.ConnectAsync(ConnectionOptions.Parse(relay.Uri) with { Heartbeat = TimeSpan.FromSeconds(1) });
        await using var serving = await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
        var runs = 0;
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), (int n) => Interlocked.Increment(ref runs) * 10);
        Assert.Equal(10, await bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Long }));

        relay.SwallowsBroker = relay.SwallowsClient = true;
        var call = bus.CallAsync<int>(queue, 2, new CallOptions { Mode = mode, Timeout = Long });
        await UntilAsync(() => !bus.IsConnected);
        relay.SwallowsBroker = relay.SwallowsClient = false;

        if (mode == CallMode.Safe)
            Assert.Equal(20, await call);
        else
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        Assert.Equal(mode == CallMode.Safe ? 2 : 1, runs);
    }

    private static string NewQueue() => $"machines-{Guid.NewGuid():N}";

    private static async Task<(RpcStatus Status, RpcOutcome Outcome)> EndAsync(Task call)
    {
        var error = await Assert.ThrowsAnyAsync<RpcException>(() => call);
        return (error.Status, error.Outcome);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }
}
