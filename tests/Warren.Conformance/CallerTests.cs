using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>What a caller hears of requests that no server has answered.</summary>
public class CallerTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    public static TheoryData<BrokerKind, CallMode> All { get; } =
        new(from broker in Enum.GetValues<BrokerKind>() from mode in Enum.GetValues<CallMode>() select (broker, mode));

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(All))]
    public async Task R14_too_large(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = $"caller-{Guid.NewGuid():N}";
        await using var server = await bus.ServeAsync(queue, (int n) => n + 1);
        var options = new CallOptions { Mode = mode, Timeout = Long };
        Assert.Equal(2, await bus.CallAsync<int>(queue, 1, options));
        var most = broker == BrokerKind.Warren ? 16 * 1024 * 1024 : 128 * 1024 * 1024; // What they take unless told otherwise.

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, new byte[most + 1], options));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal($"the request is too large: the broker takes {most} octets at most", error.Detail);
        Assert.Equal(3, await bus.CallAsync<int>(queue, 2, options));
        Assert.Equal(0, bus.Statistics.Reconnects);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Replies_come_by_direct_reply_to_and_the_bus_comes_back(BrokerKind broker)
    {
        await using var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var bus = await Bus.ConnectAsync(relay.Uri, new BusOptions { DirectReplyTo = true });
        await using var serving = await ConnectAsync(broker);
        var queue = $"caller-{Guid.NewGuid():N}";
        var started = new TaskCompletionSource<string>();
        await using var server = await serving.ServeAsync(queue, async (Request request, CancellationToken token) =>
        {
            if (request.Body.Span.SequenceEqual("1"u8))
                return "2";
            started.TrySetResult(request.Properties.ReplyTo.ToString());
            await Task.Delay(Timeout.Infinite, token);
            return "";
        });
        Assert.Equal(2, await bus.CallAsync<int>(queue, 1));
        var cut = bus.CallAsync<int>(queue, 3, new CallOptions { Timeout = Long });
        Assert.StartsWith("amq.rabbitmq.reply-to.", await started.Task, StringComparison.Ordinal);

        relay.CutAll();

        var error = await Assert.ThrowsAsync<RpcException>(() => cut);
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal(2, await bus.CallAsync<int>(queue, 1, new CallOptions { Timeout = Long }));
        error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue + "-not", 1, new CallOptions { Timeout = Long, WaitForServer = true }));
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_for_a_free_server_knows_at_once_that_there_is_none(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var service = new Waiter();
        await using var server = await bus.ServeAsync<IWaiter>(service, new ServeOptions { Prefetch = 1 });
        var waiter = bus.Client<IWaiter>(new CallOptions { OnlyIfFree = true, Timeout = Long });
        var first = waiter.Wait();
        await service.Started.Task;

        var error = await Assert.ThrowsAsync<RpcException>(() => waiter.Wait());

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Contains("is free", error.Detail, StringComparison.Ordinal);
        service.Release.SetResult();
        Assert.Equal(1, await first);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_request_that_a_server_had_and_that_expired_later_may_have_been_executed(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var dying = await ConnectAsync(broker);
        var service = new LateWaiter();
        await using var server = await dying.ServeAsync<ILateWaiter>(service, new ServeOptions { DrainTime = TimeSpan.Zero });
        var call = bus.Client<ILateWaiter>(new CallOptions { Mode = CallMode.Safe, Timeout = TimeSpan.FromSeconds(3) }).Wait();
        await service.Started.Task;

        await dying.DisposeAsync(); // It goes back to the queue, where nobody takes it any more.

        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Contains("queue rpc.late-waiter", error.Detail, StringComparison.Ordinal); // Whose clock was quicker, the broker's or ours, is for FaultTests.
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task R19_duplicate_late_or_forged_reply(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = $"caller-{Guid.NewGuid():N}";
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync(queue);
        await channel.ConsumeAsync(queue, async (delivery, _) =>
        {
            var reply = new Amqp.BasicProperties { CorrelationId = delivery.Properties.CorrelationId };
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "1"u8.ToArray(), new Amqp.BasicProperties { CorrelationId = "0123456789abcdef" });
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "2"u8.ToArray(), reply);
            await channel.PublishAsync("", delivery.Properties.ReplyTo, "3"u8.ToArray(), reply);
            delivery.Ack();
        });

        Assert.Equal(2, await bus.CallAsync<int>(queue, 0, new CallOptions { Mode = mode, Timeout = Long }));

        await UntilAsync(() => bus.Statistics is { DuplicateReplies: 1, UnknownReplies: 1 });
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R24_half_open_connection_costs_a_Safe_call_only_time(BrokerKind broker)
    {
        await using var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var bus = await Bus.ConnectAsync(ConnectionOptions.Parse(relay.Uri) with { Heartbeat = TimeSpan.FromSeconds(1) });
        await using var serving = await ConnectAsync(broker);
        var queue = $"caller-{Guid.NewGuid():N}";
        await using var server = await serving.ServeAsync(Queue.Durable(queue), (int n) => n);
        var options = new CallOptions { Mode = CallMode.Safe, Timeout = Long };
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, options));

        relay.SwallowsBroker = relay.SwallowsClient = true;
        var call = bus.CallAsync<int>(queue, 2, options);
        await UntilAsync(() => !bus.IsConnected);
        relay.SwallowsBroker = relay.SwallowsClient = false;
        relay.CutAll(); // What was swallowed half is of no use to anybody.

        Assert.Equal(2, await call);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_second_host_is_taken_when_the_first_is_down(BrokerKind broker, CallMode mode)
    {
        var target = new Uri(await brokers.UriOfAsync(broker));
        await using var first = await CutRelay.StartAsync(target);
        await using var second = await CutRelay.StartAsync(target);
        var options = ConnectionOptions.Parse(first.Uri);
        await using var bus = await Bus.ConnectAsync(options with { Endpoints = [.. options.Endpoints, .. ConnectionOptions.Parse(second.Uri).Endpoints] });
        await using var serving = await ConnectAsync(broker);
        var queue = $"caller-{Guid.NewGuid():N}";
        await using var server = await serving.ServeAsync(Queue.Durable(queue), (int n) => n);
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, new CallOptions { Mode = mode, Timeout = Long }));

        first.GoDown();
        await UntilAsync(() => !bus.IsConnected || bus.Statistics.Reconnects > 0);

        Assert.Equal(2, await bus.CallAsync<int>(queue, 2, new CallOptions { Mode = mode, Timeout = Long }));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_may_have_run_is_repeated_when_it_may_run_twice(BrokerKind broker)
    {
        await using var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        await using var bus = await Bus.ConnectAsync(relay.Uri);
        await using var serving = await ConnectAsync(broker);
        var (started, runs) = (new TaskCompletionSource(), 0);
        var queue = $"caller-{Guid.NewGuid():N}";
        await using var server = await serving.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            if (Interlocked.Increment(ref runs) > 1)
                return n;
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return 0;
        }, new ServeOptions { DrainTime = TimeSpan.Zero });
        var call = bus.CallAsync<int>(queue, 7, new CallOptions { Retry = new RetryPolicy(), IsIdempotent = true, Timeout = Long });
        await started.Task;

        relay.CutAll();

        Assert.Equal(7, await call);
        Assert.Equal(2, runs);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));

    private class Waiter : IWaiter
    {
        public TaskCompletionSource Started { get; } = new();

        public TaskCompletionSource Release { get; } = new();

        public async Task<int> Wait(CancellationToken cancellationToken = default)
        {
            Started.TrySetResult();
            await Release.Task;
            return 1;
        }
    }

    private sealed class LateWaiter : Waiter, ILateWaiter;
}

[RpcContract]
public interface IWaiter
{
    Task<int> Wait(CancellationToken cancellationToken = default);
}

[RpcContract]
public interface ILateWaiter
{
    Task<int> Wait(CancellationToken cancellationToken = default);
}
