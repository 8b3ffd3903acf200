using System.Collections.Concurrent;
using System.Diagnostics;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>The fault table of calls, row by row, in Fast and in Safe mode, on Warren and on RabbitMQ. The names are the rows'.</summary>
public class RpcFaultTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5); // A call that should end for another reason than its deadline.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    public static TheoryData<BrokerKind, CallMode> All { get; } =
        new(from broker in Enum.GetValues<BrokerKind>() from mode in Enum.GetValues<CallMode>() select (broker, mode));

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(All))]
    public async Task R01_broker_down_before_the_send(BrokerKind broker, CallMode mode)
    {
        await using var relay = await RelayAsync(broker);
        await using var bus = await Bus.ConnectAsync(relay.Uri);
        relay.GoDown();
        await UntilAsync(() => !bus.IsConnected);

        var error = await FailsAsync(bus.CallAsync<int>(NewQueue(), 1, new CallOptions { Mode = mode, Timeout = Short }));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Contains("connection", error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R02_cut_after_the_write_before_the_confirm(BrokerKind broker, CallMode mode)
    {
        await using var relay = await RelayAsync(broker);
        await using var bus = await Bus.ConnectAsync(relay.Uri);
        await using var serving = await ConnectAsync(broker);
        var runs = new ConcurrentDictionary<int, int>();
        var seen = new TaskCompletionSource();
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), (int n) =>
        {
            if (runs.AddOrUpdate(n, 1, (_, count) => count + 1) == 1 && n == 2)
                seen.TrySetResult();
            return n * 10;
        });
        Assert.Equal(10, await bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Long }));

        relay.SwallowsBroker = true; // Neither the confirm nor the reply comes through.
        var call = bus.CallAsync<int>(queue, 2, new CallOptions { Mode = mode, Timeout = Long });
        await seen.Task;
        relay.CutAll();
        relay.SwallowsBroker = false;

        if (mode == CallMode.Safe)
            Assert.Equal(20, await call);
        else
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        Assert.Equal(1, runs[2]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R03_cut_after_the_confirm_before_the_reply(BrokerKind broker, CallMode mode)
    {
        await using var relay = await RelayAsync(broker);
        await using var bus = await Bus.ConnectAsync(relay.Uri);
        await using var serving = await ConnectAsync(broker);
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = 0;
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), async (int n) =>
        {
            Interlocked.Increment(ref runs);
            started.TrySetResult();
            await release.Task;
            return n * 10;
        });

        var call = bus.CallAsync<int>(queue, 2, new CallOptions { Mode = mode, Timeout = Long });
        await started.Task;
        relay.CutAll();
        if (mode == CallMode.Fast)
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        release.SetResult();

        if (mode == CallMode.Safe)
            Assert.Equal(20, await call);
        Assert.Equal(1, runs);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R03_reply_queue_deleted_under_a_safe_call(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var (replyTo, release) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        var runs = 0;
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(Queue.Durable(queue), async (Request request, CancellationToken _) =>
        {
            Interlocked.Increment(ref runs);
            replyTo.TrySetResult(request.Properties.ReplyTo.ToString());
            await release.Task;
            return "done";
        });
        var call = bus.CallAsync<string>(queue, "x", new CallOptions { Mode = CallMode.Safe, Timeout = Long });

        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        await (await connection.OpenChannelAsync()).DeleteQueueAsync(await replyTo.Task);
        await UntilAsync(() => serving.Statistics.DuplicateRequests == 1); // It was sent again, and waits for the first run.
        release.SetResult();

        Assert.Equal("done", await call);
        Assert.Equal(1, runs);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R06_no_such_queue(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);

        var error = await FailsAsync(bus.CallAsync<int>(NewQueue(), 1, new CallOptions { Mode = mode, Timeout = Long }));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Contains("does not exist", error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R07_queue_without_a_consumer(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using (await bus.ServeAsync(queue, (int n) => n))
        {
        }

        var error = await FailsAsync(bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = mode == CallMode.Safe ? Short : Long }));

        Assert.Contains("0 consumers", error.Detail, StringComparison.Ordinal);
        Assert.Equal(
            mode == CallMode.Safe ? (RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted) : (RpcStatus.Unavailable, RpcOutcome.NotExecuted),
            (error.Status, error.Outcome));
    }

    // In Fast mode the caller is told by the next server, which must not run it; without one, at the deadline.
    [Theory]
    [MemberData(nameof(All))]
    public async Task R08_server_dies_before_the_handler_commits(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        await using var relay = await RelayAsync(broker);
        var dying = await Bus.ConnectAsync(relay.Uri);
        var started = new TaskCompletionSource();
        var queue = NewQueue();
        await dying.ServeAsync(Queue.Durable(queue), async (int n, CancellationToken token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return n;
        });
        var call = bus.CallAsync<int>(queue, 7, new CallOptions { Mode = mode, Timeout = Long });
        await started.Task;
        await using var second = await ConnectAsync(broker);
        var runs = 0;
        await using var server = await second.ServeAsync(Queue.Durable(queue), (int n) => Interlocked.Increment(ref runs) * n);

        relay.GoDown();

        if (mode == CallMode.Safe)
            Assert.Equal(7, await call);
        else
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        Assert.Equal(mode == CallMode.Safe ? 1 : 0, runs);
        await dying.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R09_server_dies_after_the_commit_before_the_reply(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        await using var relay = await RelayAsync(broker);
        var store = new MemoryReplyStore(); // Stands for one database that both servers use.
        var options = new ServeOptions { Replies = store };
        var (committed, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = 0;
        var dying = await Bus.ConnectAsync(relay.Uri);
        var queue = NewQueue();
        await dying.ServeAsync(Queue.Durable(queue), async (int n) =>
        {
            Interlocked.Increment(ref runs);
            await store.StoreAsync(RequestContext.Current!.CallId, StoredReply.Of(n * 10), default); // Effect and reply in one.
            committed.TrySetResult();
            await release.Task;
            return n * 10;
        }, options);
        var call = bus.CallAsync<int>(queue, 7, new CallOptions { Mode = mode, Timeout = Long });
        await committed.Task;
        await using var second = await ConnectAsync(broker);
        await using var server = await second.ServeAsync(Queue.Durable(queue), (int n) => Interlocked.Increment(ref runs) * n, options);

        relay.GoDown();

        if (mode == CallMode.Safe)
            Assert.Equal(70, await call);
        else
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), await EndAsync(call));
        Assert.Equal(1, runs);
        release.SetResult();
        await dying.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R11_handler_slower_than_the_deadline(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var release = new TaskCompletionSource();
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, async (int n) =>
        {
            if (n == 1)
                await release.Task;
            return n;
        });

        var ended = await EndAsync(bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Short }));
        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted), ended);
        release.SetResult();

        await UntilAsync(() => bus.Statistics.LateReplies == 1);
        Assert.Equal(2, await bus.CallAsync<int>(queue, 2, new CallOptions { Mode = mode, Timeout = Long }));
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R12_rolling_restart_of_servers_under_load(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        async Task<(Bus Bus, RpcServer Server)> StartAsync()
        {
            var serving = await ConnectAsync(broker);
            return (serving, await serving.ServeAsync(Queue.Durable(queue), async (int n) =>
            {
                await Task.Yield();
                return n + 1;
            }));
        }

        var running = new Queue<(Bus Bus, RpcServer Server)>();
        running.Enqueue(await StartAsync());
        running.Enqueue(await StartAsync());
        using var stop = new CancellationTokenSource();
        var made = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            while (!stop.IsCancellationRequested)
            {
                var n = Interlocked.Increment(ref made);
                Assert.Equal(n + 1, await bus.CallAsync<int>(queue, n, new CallOptions { Mode = mode, Timeout = Long }));
            }
        }));
        for (var restart = 0; restart < 5; restart++)
        {
            var before = Volatile.Read(ref made);
            await UntilAsync(() => load.IsCompleted || Volatile.Read(ref made) > before + 50);
            var (oldBus, oldServer) = running.Dequeue();
            running.Enqueue(await StartAsync());
            await oldServer.StopAsync();
            await oldBus.DisposeAsync();
        }
        await stop.CancelAsync();
        await load;
        foreach (var (serving, _) in running)
            await serving.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R13_handler_throws(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => n > 0 ? n : throw new InvalidOperationException("secret"));

        var error = await FailsAsync(bus.CallAsync<int>(queue, -1, new CallOptions { Mode = mode, Timeout = Long }));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Long }));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R14_undecodable(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var runs = 0;
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => Interlocked.Increment(ref runs));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), await EndAsync(bus.CallAsync<int>(queue, "abc", new CallOptions { Mode = mode, Timeout = Long })));
        Assert.Equal(0, runs);
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Long }));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R16_server_full(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, async (int n) =>
        {
            started.TrySetResult();
            await release.Task;
            return n;
        }, new ServeOptions { MaxInFlight = 1 });
        var options = new CallOptions { Mode = mode, Timeout = Long };
        var first = bus.CallAsync<int>(queue, 1, options);
        await started.Task;

        var error = await FailsAsync(bus.CallAsync<int>(queue, 2, options));

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.NotNull(error.RetryAfter);
        release.SetResult();
        Assert.Equal(1, await first);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R19_duplicate_late_or_forged_reply(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync(queue);
        await channel.ConsumeAsync(queue, async (delivery, _) =>
        {
            var reply = new Amqp.BasicProperties { CorrelationId = delivery.Properties.CorrelationId };
            var forged = new Amqp.BasicProperties { CorrelationId = "0123456789abcdef" };
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "1"u8.ToArray(), forged);
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "2"u8.ToArray(), reply);
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "3"u8.ToArray(), reply);
            delivery.Ack();
        });

        Assert.Equal(2, await bus.CallAsync<int>(queue, 0, new CallOptions { Mode = mode, Timeout = Long }));

        await UntilAsync(() => bus.Statistics is { DuplicateReplies: 1, UnknownReplies: 1 });
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    private static string NewQueue() => $"faults-{Guid.NewGuid():N}";

    private static Task<RpcException> FailsAsync(Task call) => Assert.ThrowsAnyAsync<RpcException>(() => call);

    private static async Task<(RpcStatus Status, RpcOutcome Outcome)> EndAsync(Task call)
    {
        var error = await FailsAsync(call);
        return (error.Status, error.Outcome);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));

    private async Task<CutRelay> RelayAsync(BrokerKind broker) => await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
}
