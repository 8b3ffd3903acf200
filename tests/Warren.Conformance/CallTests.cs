using System.Text;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>What a call promises, on Warren and on RabbitMQ.</summary>
public class CallTests(Brokers brokers) : IClassFixture<Brokers>
{
    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_gets_its_reply(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => n * 2);

        Assert.Equal(84, await bus.CallAsync<int>(queue, 42));
        var replies = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => bus.CallAsync<int>(queue, i)));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i * 2), replies);
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_to_a_queue_that_does_not_exist_ends_at_once_and_was_not_executed(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);

        // A minute to wait, and the answer is there long before: the test runner would be the one to give up.
        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(NewQueue(), 1, new CallOptions { Timeout = TimeSpan.FromMinutes(5) }));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_to_a_queue_deleted_after_the_first_call_comes_back_as_not_executed(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => n);
        await bus.CallAsync<int>(queue, 1);
        await server.DisposeAsync();
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        await (await connection.OpenChannelAsync()).DeleteQueueAsync(queue);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, 1, new CallOptions { Timeout = TimeSpan.FromMinutes(5) }));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_queue_without_a_consumer_is_no_server(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        await (await connection.OpenChannelAsync()).DeclareQueueAsync(queue);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, 1, new CallOptions { Timeout = TimeSpan.FromMinutes(5) }));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Contains($"queue {queue} has 0 consumers", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_handler_that_throws_is_a_fault_and_the_server_serves_on(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => n >= 0 ? n : throw new InvalidOperationException("secret detail"));

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, -1));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, await bus.CallAsync<int>(queue, 5));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_handler_may_speak_to_its_caller_with_a_status(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(
            queue, (int n) => n == 0 ? throw new RpcException(RpcStatus.FailedPrecondition, "not zero") : 1 / n);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, 0));

        Assert.Equal((RpcStatus.FailedPrecondition, RpcOutcome.Executed, "not zero"), (error.Status, error.Outcome, error.Detail));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_invalid_request_is_answered_and_the_server_serves_on(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (int n) => n);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, "abc"));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal(7, await bus.CallAsync<int>(queue, 7));
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        Assert.Equal(0u, (await (await connection.OpenChannelAsync()).DeclareQueuePassiveAsync(queue)).MessageCount);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_slow_handler_ends_in_deadline_exceeded_its_token_fires_and_the_late_reply_is_dropped(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        var cancelled = new TaskCompletionSource();
        using var release = new SemaphoreSlim(0);
        await using var server = await bus.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            token.Register(cancelled.SetResult);
            await release.WaitAsync(CancellationToken.None);
            return n;
        });

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, 1, new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        release.Release();
        while (bus.Statistics.LateReplies == 0)
            await Task.Yield();

        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_cancelled_call_ends_as_cancelled(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        using var cancel = new CancellationTokenSource();
        await using var server = await bus.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            await cancel.CancelAsync();
            return n;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await bus.CallAsync<int>(queue, 1, cancellationToken: cancel.Token);
            await bus.CallAsync<int>(queue, 1, cancellationToken: cancel.Token); // If the first reply was faster than the cancel.
        });
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_lost_connection_ends_the_calls_under_way_and_the_server_comes_back(BrokerKind broker)
    {
        await using var cut = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var direct = await ConnectAsync(broker);
        await using var bus = await Bus.ConnectAsync(cut.Uri);
        var queue = NewQueue();
        using var release = new SemaphoreSlim(0);
        var started = new TaskCompletionSource();
        await using var server = await direct.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            if (n == 1)
            {
                started.TrySetResult();
                await release.WaitAsync(CancellationToken.None);
            }
            return n;
        }, new ServeOptions { Prefetch = 10 });

        var call = bus.CallAsync<int>(queue, 1, new CallOptions { Timeout = TimeSpan.FromMinutes(5) });
        await started.Task;
        cut.CutAll();
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        release.Release();

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal(2, await bus.CallAsync<int>(queue, 2));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_server_that_loses_its_connection_serves_again(BrokerKind broker)
    {
        await using var cut = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var bus = await ConnectAsync(broker);
        await using var serving = await Bus.ConnectAsync(cut.Uri);
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(queue, (int n) => n);
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1));

        cut.CutAll();

        // The broker may give the request to the dead connection first; then only a caller who allows it has it run by the next.
        var options = new CallOptions { WaitForServer = true, Timeout = TimeSpan.FromMinutes(5), IsIdempotent = true, Retry = new RetryPolicy(maxAttempts: 100, budget: 1000) };
        Assert.Equal(2, await bus.CallAsync<int>(queue, 2, options));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Handlers_may_block_on_calls_of_their_own(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        string outer = NewQueue(), inner = NewQueue();
        await using var innerServer = await bus.ServeAsync(inner, (int n) => n + 1);
        await using var outerServer = await bus.ServeAsync(outer, (int n) => bus.CallAsync<int>(inner, n).Result, new ServeOptions { Prefetch = 64 });

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => bus.CallAsync<int>(outer, i, new CallOptions { Timeout = TimeSpan.FromSeconds(60) })));

        Assert.Equal(Enumerable.Range(1, 200), replies);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_stopped_server_finishes_what_runs_and_gives_back_the_rest(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        var queue = NewQueue();
        TaskCompletionSource started = new(), release = new();
        await using var first = await bus.ServeAsync(queue, async (int n) =>
        {
            started.TrySetResult();
            await release.Task;
            return n;
        }, new ServeOptions { Prefetch = 8, Concurrency = 1 });
        var calls = Enumerable.Range(0, 5).Select(i => bus.CallAsync<int>(queue, i, new CallOptions { Timeout = TimeSpan.FromMinutes(5) })).ToList();
        await started.Task;

        var stopping = first.StopAsync();
        while ((await channel.DeclareQueuePassiveAsync(queue)).ConsumerCount > 0)
            await Task.Yield();
        release.SetResult();
        await stopping;
        await using var second = await bus.ServeAsync(queue, (int n) => n + 100);

        var replies = await Task.WhenAll(calls);
        Assert.Equal(0, replies[0]);
        Assert.All(Enumerable.Range(1, 4), i => Assert.True(replies[i] == i || replies[i] == i + 100)); // By whichever server, and once.
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Octets_and_text_pass_untouched(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await bus.ServeAsync(queue, (ReadOnlyMemory<byte> octets) => octets);
        byte[] body = [0, 255, 1, 254];

        Assert.Equal(body, (await bus.CallAsync<ReadOnlyMemory<byte>>(queue, body)).ToArray());
        Assert.Equal("grüß dich", await bus.CallAsync<string>(queue, "grüß dich"));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task User_code_never_holds_up_the_reading(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        using var release = new ManualResetEventSlim();
        await using var server = await bus.ServeAsync(queue, (int n) =>
        {
            if (n < 0)
                release.Wait();
            return n;
        });
        await bus.CallAsync<int>(queue, 1);
        var blocked = Enumerable.Range(0, 3).Select(_ => bus.CallAsync<int>(queue, -1, new CallOptions { Timeout = TimeSpan.FromMinutes(5) })).ToList();

        // Requests and replies on the same connection as the handlers that block.
        for (var i = 0; i < 50; i++)
            Assert.Equal(i, await bus.CallAsync<int>(queue, i));

        release.Set();
        await Task.WhenAll(blocked);
    }

    private static string NewQueue() => $"calls-{Guid.NewGuid():N}";

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}
