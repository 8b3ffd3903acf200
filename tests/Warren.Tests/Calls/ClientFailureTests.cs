using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Tests.Broker;

namespace Warren.Tests.Calls;

/// <summary>What goes wrong on the caller's side, and must not spread.</summary>
public sealed class ClientFailureTests : IAsyncLifetime
{
    private readonly VirtualTime _time = new();
    private BoxedBroker _broker = null!;
    private Bus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await BoxedBroker.StartAsync();
        _bus = await _broker.ConnectAsync(new BusOptions { Time = _time });
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_whose_items_cannot_be_made_ends_with_a_fault_and_nothing_else_does()
    {
        await using var server = await _bus.ServeAsync<ITouchy>(new Touchy(), cancellationToken: Cancelled);
        var client = _bus.Client<ITouchy>();

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var item in client.Many(Cancelled))
                Assert.Fail($"{item}");
        });

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.Contains("touched", error.Detail, StringComparison.Ordinal);
        Assert.Equal(1, await client.Plain(Cancelled));
    }

    [Fact]
    public async Task A_reply_of_many_that_cannot_be_made_is_a_fault_of_its_own()
    {
        await using var server = await _bus.ServeAsync<ITouchy>(new Touchy(), cancellationToken: Cancelled);

        await foreach (var reply in _bus.CallAllAsync((ITouchy touchy) => touchy.One(Cancelled), most: 1, cancellationToken: Cancelled))
            Assert.Equal(RpcStatus.Internal, reply.Fault?.Status);

        Assert.Equal(1, await _bus.Client<ITouchy>().Plain(Cancelled));
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_login_that_is_refused_when_the_connection_comes_back_is_unauthenticated(CallMode mode)
    {
        await using var other = await BoxedBroker.StartAsync(new BrokerOptions { Users = [new BrokerUser("somebody", "else")] });
        var brokers = new Switch(_broker);
        await using var bus = await Bus.ConnectAsync(brokers, new BusOptions { Reconnect = new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(1) } }, Cancelled);
        brokers.Target = other;
        _broker.CutAll();

        var error = await FailAsync(bus.CallAsync<int>("q", 1, new CallOptions { Mode = mode }, Cancelled));

        Assert.Equal((RpcStatus.Unauthenticated, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Fact]
    public async Task A_one_way_message_after_a_refused_login_is_unauthenticated()
    {
        await using var other = await BoxedBroker.StartAsync(new BrokerOptions { Users = [new BrokerUser("somebody", "else")] });
        var brokers = new Switch(_broker);
        await using var bus = await Bus.ConnectAsync(brokers, new BusOptions { Reconnect = new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(1) } }, Cancelled);
        brokers.Target = other;
        _broker.CutAll();

        var error = await FailAsync(bus.Client<ITouchy>().Tell(Cancelled));

        Assert.Equal((RpcStatus.Unauthenticated, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_call_of_a_full_table_is_cancelled_while_it_waits(CallMode mode)
    {
        await using var bus = await _broker.ConnectAsync(new BusOptions { Time = _time, MaxPendingCalls = 1 });
        await using var server = await _bus.ServeAsync("never", async (int n, CancellationToken token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return n;
        }, new ServeOptions { DrainTime = TimeSpan.Zero }, Cancelled);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var options = new CallOptions { Mode = mode };
        var running = bus.CallAsync<int>("never", 1, options, first.Token);
        var parked = bus.CallAsync<int>("never", 2, options, second.Token);

        await second.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parked);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Fact]
    public async Task A_token_that_fires_while_the_call_starts_is_never_lost()
    {
        await using var server = await _bus.ServeAsync("never", async (int n, CancellationToken token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return n;
        }, new ServeOptions { DrainTime = TimeSpan.Zero }, Cancelled);
        for (var i = 0; i < 2000; i++) // Virtual time stands still: a call that missed its token would wait for ever.
        {
            using var source = new CancellationTokenSource();
            var cancelling = Task.Run(source.Cancel, Cancelled);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bus.CallAsync<int>("never", i, new CallOptions { Mode = (CallMode)(i % 2) }, source.Token));
            await cancelling;
        }
    }

    [Fact]
    public async Task A_full_table_says_so_in_Safe_mode_too()
    {
        var bus = await _broker.ConnectAsync(new BusOptions { Time = _time, MaxPendingCalls = 1 });
        var running = new TaskCompletionSource();
        await using var server = await _bus.ServeAsync("never", async (int n, CancellationToken token) =>
        {
            running.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return n;
        }, new ServeOptions { DrainTime = TimeSpan.Zero }, Cancelled);
        var first = bus.CallAsync<int>("never", 1, new CallOptions { Mode = CallMode.Safe, Timeout = TimeSpan.FromSeconds(60) }, Cancelled);
        await running.Task;
        var second = bus.CallAsync<int>("never", 2, new CallOptions { Mode = CallMode.Safe }, Cancelled);

        _time.Advance(TimeSpan.FromSeconds(10));

        var error = await FailAsync(second);
        Assert.StartsWith("ResourceExhausted", error.Message, StringComparison.Ordinal);
        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        await bus.DisposeAsync();
        await FailAsync(first);
    }

    [Fact]
    public async Task A_call_of_a_contract_by_direct_reply_to_gets_its_reply_and_so_does_one_of_a_queue()
    {
        await using var bus = await _broker.ConnectAsync(new BusOptions { DirectReplyTo = true });
        var addresses = new List<string>();
        await using var server = await _bus.ServeAsync("double", async (Request request, CancellationToken _) =>
        {
            addresses.Add(request.Properties.ReplyTo.ToString());
            await Task.Yield();
            return "42";
        }, cancellationToken: Cancelled);
        await using var touchy = await _bus.ServeAsync<ITouchy>(new Touchy(), cancellationToken: Cancelled);

        Assert.Equal(42, await bus.CallAsync<int>("double", 21, cancellationToken: Cancelled));
        Assert.Equal(1, await bus.Client<ITouchy>().Plain(Cancelled));

        Assert.StartsWith("amq.rabbitmq.reply-to.", Assert.Single(addresses), StringComparison.Ordinal);
        var error = await FailAsync(bus.CallAsync<int>("nowhere", 1, new CallOptions { WaitForServer = true }, Cancelled));
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task Cancelling_a_call_of_a_contract_reaches_its_server(CallMode mode)
    {
        var service = new Touchy();
        await using var server = await _bus.ServeAsync<ITouchy>(service, cancellationToken: Cancelled);
        using var source = new CancellationTokenSource();
        var call = _bus.Client<ITouchy>(new CallOptions { Mode = mode }).Endless(source.Token);
        await service.Started.Task;

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await service.Cancelled.Task;
    }

    [Fact]
    public async Task A_call_to_all_that_has_enough_cancels_the_rest()
    {
        var (slow, quick) = (new Touchy(), new Touchy());
        quick.Cancelled.SetResult();
        await using var first = await _bus.ServeAsync<ITouchy>(slow, cancellationToken: Cancelled);
        await using var second = await _bus.ServeAsync<ITouchy>(quick, cancellationToken: Cancelled);

        await foreach (var reply in _bus.CallAllAsync((ITouchy touchy) => touchy.Endless(Cancelled), most: 1, cancellationToken: Cancelled))
            Assert.Equal(1, reply.Value);

        await slow.Cancelled.Task;
    }

    [Fact]
    public async Task A_call_to_all_lasts_until_its_deadline_and_has_what_came()
    {
        await using var first = await _bus.ServeAsync<ITouchy>(new Touchy(), cancellationToken: Cancelled);
        await using var second = await _bus.ServeAsync<ITouchy>(new Touchy(), cancellationToken: Cancelled);
        var replies = new List<int>();

        await foreach (var reply in _bus.CallAllAsync((ITouchy touchy) => touchy.Plain(Cancelled), cancellationToken: Cancelled))
        {
            replies.Add(reply.Value);
            if (replies.Count == 2)
                _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal([1, 1], replies);
    }

    [Fact]
    public async Task A_call_to_all_that_is_not_permitted_says_so()
    {
        await using var connection = await _broker.ConnectClientAsync();
        var channel = await connection.OpenChannelAsync(Cancelled);
        await channel.DeclareExchangeAsync("warren.rpc.control", "fanout", durable: true, cancellationToken: Cancelled); // Ours cannot be declared beside it.

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var reply in _bus.DiscoverAsync(cancellationToken: Cancelled))
                Assert.Fail($"{reply}");
        });

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    [Fact]
    public async Task A_bus_may_be_disposed_twice()
    {
        var bus = await _broker.ConnectAsync();

        await bus.DisposeAsync();
        await bus.DisposeAsync();

        Assert.False(bus.IsConnected);
    }

    [Fact]
    public async Task Only_if_free_is_refused_where_nobody_would_tell()
    {
        var options = new CallOptions { OnlyIfFree = true };
        await Assert.ThrowsAsync<ArgumentException>(() => _bus.CallAsync<int>("q", 1, options, Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => _bus.Client<ITouchy>(options with { Mode = CallMode.Safe }).Plain(Cancelled));
        await Assert.ThrowsAsync<ArgumentException>(() => _bus.Client<ITouchy>(options).Tell(Cancelled));
    }

    [Fact]
    public async Task A_call_that_no_server_can_take_at_once_is_unavailable_when_it_wants_a_free_one()
    {
        var service = new Touchy { Release = new TaskCompletionSource() };
        await using var server = await _bus.ServeAsync<ITouchy>(service, new ServeOptions { Prefetch = 1 }, Cancelled);
        var client = _bus.Client<ITouchy>(new CallOptions { OnlyIfFree = true });
        var first = client.Slow(Cancelled);
        await service.Started.Task;

        var error = await FailAsync(client.Slow(Cancelled));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal("no server of queue rpc.touchy is free", error.Detail);
        service.Release.SetResult();
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Attempts_of_a_Safe_call_share_their_id()
    {
        var ids = new List<string>();
        await using var connection = await _broker.ConnectClientAsync();
        var channel = await connection.OpenChannelAsync(Cancelled);
        await channel.DeclareQueueAsync("busy", cancellationToken: Cancelled);
        await channel.ConsumeAsync("busy", (request, _) =>
        {
            ids.Add(request.Properties.MessageId.ToString());
            var refusal = new Fault(RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted, "not yet");
            var reply = ids.Count < 3 ? refusal.ToProperties(request.Properties.CorrelationId) : new BasicProperties { CorrelationId = request.Properties.CorrelationId };
            return channel.PublishAsync("", request.Properties.ReplyTo, "7"u8.ToArray(), reply);
        }, new ConsumeOptions { NoAck = true }, Cancelled);
        await using var bus = await _broker.ConnectAsync();

        Assert.Equal(7, await bus.CallAsync<int>("busy", 1, new CallOptions { Mode = CallMode.Safe, Retry = new RetryPolicy() }, Cancelled));

        Assert.Equal(3, ids.Count);
        Assert.Single(ids.Distinct());
    }

    private static async Task<RpcException> FailAsync(Task call) => await Assert.ThrowsAsync<RpcException>(() => call);

    private sealed class Switch(IInProcessBroker target) : IInProcessBroker
    {
        public IInProcessBroker Target { get; set; } = target;

        public IOctetPipe Connect(IOctetSink sink) => Target.Connect(sink);
    }
}

/// <summary>A contract whose values can be written and not read.</summary>
[RpcContract(Format = typeof(TouchyFormat))]
public interface ITouchy
{
    Task<Touched> One(CancellationToken cancellationToken);

    IAsyncEnumerable<Touched> Many(CancellationToken cancellationToken);

    Task<int> Plain(CancellationToken cancellationToken);

    Task<int> Slow(CancellationToken cancellationToken);

    Task<int> Endless(CancellationToken cancellationToken);

    [OneWay]
    Task Tell(CancellationToken cancellationToken);
}

public sealed record Touched(int Number);

public sealed class TouchyFormat() : BodyFormat("application/x-touchy")
{
    public override bool Handles(Type type) => type == typeof(Touched);

    public override void Write<T>(System.Buffers.IBufferWriter<byte> to, T value) => System.Buffers.BuffersExtensions.Write(to, "x"u8);

    public override T Read<T>(ReadOnlyMemory<byte> body) => throw new InvalidOperationException("touched");
}

internal sealed class Touchy : ITouchy
{
    public TaskCompletionSource Started { get; } = new();

    public TaskCompletionSource? Release { get; init; }

    /// <summary>Set when the caller's cancellation has come.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Touched> One(CancellationToken cancellationToken) => Task.FromResult(new Touched(1));

    public async IAsyncEnumerable<Touched> Many([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new Touched(1);
    }

    public Task<int> Plain(CancellationToken cancellationToken) => Task.FromResult(1);

    public async Task<int> Slow(CancellationToken cancellationToken)
    {
        Started.TrySetResult();
        await Release!.Task;
        return 1;
    }

    public async Task<int> Endless(CancellationToken cancellationToken)
    {
        Started.TrySetResult();
        await using (cancellationToken.Register(() => Cancelled.TrySetResult()))
            await Cancelled.Task;
        return 1;
    }

    public Task Tell(CancellationToken cancellationToken) => Task.CompletedTask;
}
