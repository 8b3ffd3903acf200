using System.Diagnostics.Metrics;
using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Contracts;
using Warren.Tests.Testing;

namespace Warren.Tests.Telemetry;

/// <summary>Each instrument of docs/observability.md, its values and attributes, in virtual time.</summary>
[Collection(nameof(AloneCollection))] // The meter is the process's: it hears of other tests' calls too.
public sealed class MetricsTests : IAsyncLifetime
{
    private static readonly CallOptions Fast = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly CallOptions Safe = Fast with { Mode = CallMode.Safe };

    private readonly Measured _measured = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync(cancellationToken: Cancelled);
        _client = await _broker.ConnectAsync("client", cancellationToken: Cancelled);
        _serving = await _broker.ConnectAsync("server", cancellationToken: Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _serving.DisposeAsync();
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
        _measured.Dispose();
    }

    [Fact]
    public async Task Durations_are_seconds_with_the_method_and_how_it_ended()
    {
        await using var server = await ServeSecondsAsync("work");

        await CallAsync("work", 2);
        await Assert.ThrowsAsync<RpcException>(() => CallAsync("work", 0));

        Assert.Equal(
            ["2 rpc.method=work rpc.response.status_code=Ok rpc.system.name=warren", "0 error.type=NotFound rpc.method=work rpc.response.status_code=NotFound rpc.system.name=warren"],
            _measured.Of("rpc.client.call.duration"));
        Assert.Equal(
            ["2 rpc.method=work rpc.response.status_code=Ok rpc.system.name=warren", "0 rpc.method=work rpc.response.status_code=NotFound rpc.system.name=warren"], // Not the server's fault.
            _measured.Of("rpc.server.call.duration"));
    }

    [Fact]
    public async Task A_contracts_method_has_one_name_on_both_sides_and_in_both_modes()
    {
        await using var server = await _serving.ServeAsync<ICalculator>(new SlowCalculator(_broker.Time), cancellationToken: Cancelled);
        var (fast, safe) = (_client.Client<ICalculator>(Fast), _client.Client<ICalculator>(Safe));

        foreach (var client in new[] { fast, safe })
        {
            await DriveAsync(client.Fib(10, Cancelled));
            await DriveAsync(client.Log("x", Cancelled));
        }
        await DriveAsync(_client.CallAsync("rpc.calculator", "Nothing", "{}"u8.ToArray(), Fast, Cancelled), mayFail: true);
        await _broker.SettleAsync();

        var ok = "rpc.response.status_code=Ok rpc.system.name=warren";
        Assert.Equal(
            ["rpc.method=rpc.calculator/Fib " + ok, "rpc.method=rpc.calculator/Log " + ok],
            WithoutValue("rpc.client.call.duration").Where(line => !line.Contains("Nothing", StringComparison.Ordinal)).Distinct().Order());
        Assert.Equal(
            ["error.type=Unimplemented rpc.method=_OTHER rpc.response.status_code=Unimplemented rpc.system.name=warren", "rpc.method=rpc.calculator/Fib " + ok, "rpc.method=rpc.calculator/Log " + ok],
            WithoutValue("rpc.server.call.duration").Distinct().Order());
    }

    [Fact]
    public async Task The_time_in_the_queue_is_that_before_the_handler()
    {
        await using var server = await ServeSecondsAsync("work", new ServeOptions { Prefetch = 1 });

        var (first, second) = (_client.CallAsync<int>("work", 3, Fast, Cancelled), _client.CallAsync<int>("work", 1, Fast, Cancelled));
        await DriveAsync(Task.WhenAll(first, second));

        Assert.Equal(["0 rpc.method=work rpc.system.name=warren", "3 rpc.method=work rpc.system.name=warren"], _measured.Of("warren.rpc.server.queue.duration"));
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task What_is_under_way_is_counted_on_both_sides(CallMode mode)
    {
        await using var server = await ServeSecondsAsync("work");
        var (calls, requests) = (_measured.Ask("warren.rpc.client.active_calls"), _measured.Ask("warren.rpc.server.active_requests"));

        var all = Task.WhenAll(Enumerable.Range(1, 3).Select(seconds => _client.CallAsync<int>("work", seconds, Fast with { Mode = mode }, Cancelled)));
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(0.5));

        Assert.Equal((3, 3), (_measured.Ask("warren.rpc.client.active_calls") - calls, _measured.Ask("warren.rpc.server.active_requests") - requests));
        Assert.Equal(3, _client.Statistics.PendingCalls);

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 2), (_measured.Ask("warren.rpc.client.active_calls") - calls, _measured.Ask("warren.rpc.server.active_requests") - requests));
        await DriveAsync(all);
        Assert.Equal((0, 0), (_measured.Ask("warren.rpc.client.active_calls") - calls, _measured.Ask("warren.rpc.server.active_requests") - requests));
    }

    [Fact]
    public async Task A_handler_that_computes_at_once_is_counted_while_it_runs()
    {
        var requests = _measured.Ask("warren.rpc.server.active_requests");
        var seen = 0.0;
        await using var server = await _serving.ServeAsync("work", (int n) =>
        {
            seen = _measured.Ask("warren.rpc.server.active_requests") - requests;
            return n;
        }, cancellationToken: Cancelled);

        await DriveAsync(_client.CallAsync<int>("work", 1, Fast, Cancelled));
        await DriveAsync(_client.CallAsync<int>("work", "no number", Fast, Cancelled), mayFail: true);

        Assert.Equal(1, seen);
        Assert.Equal(0, _measured.Ask("warren.rpc.server.active_requests") - requests);
        Assert.Equal(["Ok", "InvalidArgument"], WithoutValue("rpc.server.call.duration").Select(line => line.Split("status_code=")[1].Split(' ')[0]));
    }

    [Fact]
    public async Task A_bus_that_is_closed_has_nothing_under_way()
    {
        await using var server = await ServeSecondsAsync("work");
        var before = _measured.Ask("warren.rpc.client.active_calls");
        var bus = await _broker.ConnectAsync(cancellationToken: Cancelled);
        var call = bus.CallAsync<int>("work", 5, Fast, Cancelled);
        await _broker.SettleAsync();
        Assert.Equal(1, _measured.Ask("warren.rpc.client.active_calls") - before);

        await bus.DisposeAsync();

        await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(0, _measured.Ask("warren.rpc.client.active_calls") - before);
    }

    [Fact]
    public async Task Replies_that_belong_to_no_call_are_counted_by_why()
    {
        await using var server = await ServeSecondsAsync("work");
        var held = _broker.Connection("client").WhenItReceivesReply().Nth(1).Hold();
        var late = _client.CallAsync<int>("work", 1, Fast with { Timeout = TimeSpan.FromSeconds(2) }, Cancelled);
        await DriveAsync(late, mayFail: true);
        held.Release();
        _broker.Connection("client").WhenItReceivesReply().Twice();
        await CallAsync("work", 1);
        await ForgeReplyAsync();
        await _broker.SettleAsync();

        Assert.Equal(
            ["1 rpc.system.name=warren warren.reason=duplicate", "1 rpc.system.name=warren warren.reason=late", "1 rpc.system.name=warren warren.reason=unknown"],
            _measured.Of("warren.rpc.client.dropped_replies").Order());
        var statistics = _client.Statistics;
        Assert.Equal((1, 1, 1), (statistics.DuplicateReplies, statistics.LateReplies, statistics.UnknownReplies));
        Assert.DoesNotContain(_measured.Values(), value => value.Contains("amq.gen", StringComparison.Ordinal) || value.Contains("warren.reply", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Safe_request_that_comes_again_is_counted_with_its_method()
    {
        await using var server = await _serving.ServeAsync<ICalculator>(new SlowCalculator(_broker.Time), cancellationToken: Cancelled);
        _broker.Connection("client").WhenItSends(message => message.IsRequest, "a request").Cut();

        await DriveAsync(_client.Client<ICalculator>(Safe).Fib(10, Cancelled));
        await _broker.SettleAsync();

        Assert.Equal(["1 rpc.method=rpc.calculator/Fib rpc.system.name=warren"], _measured.Of("warren.rpc.server.duplicate_requests"));
        Assert.Equal(1, _serving.Statistics.DuplicateRequests);
    }

    [Fact]
    public async Task Requests_beyond_the_servers_limit_are_counted_as_shed()
    {
        await using var server = await ServeSecondsAsync("work", new ServeOptions { MaxInFlight = 1 });

        var first = _client.CallAsync<int>("work", 5, Fast, Cancelled);
        await _broker.SettleAsync();
        await Assert.ThrowsAsync<RpcException>(() => CallAsync("work", 1));
        await DriveAsync(first);

        Assert.Equal(["1 rpc.method=work rpc.system.name=warren warren.reason=in_flight_limit"], _measured.Of("warren.rpc.server.shed_requests"));
        Assert.Equal(1, _serving.Statistics.RequestsShed);
    }

    [Fact]
    public async Task Requests_without_time_for_their_method_are_counted_as_shed()
    {
        await using var server = await ServeSecondsAsync("work");
        await DriveAsync(Task.WhenAll(Enumerable.Range(0, 32).Select(_ => _client.CallAsync<int>("work", 4, Fast, Cancelled))));

        var error = await Assert.ThrowsAsync<RpcException>(() => CallAsync("work", 1, Fast with { Timeout = TimeSpan.FromSeconds(2) }));

        Assert.Equal(RpcStatus.ResourceExhausted, error.Status);
        Assert.Equal(["1 rpc.method=work rpc.system.name=warren warren.reason=too_little_time"], _measured.Of("warren.rpc.server.shed_requests"));
        Assert.Equal(1, _serving.Statistics.RequestsShed);
    }

    [Fact]
    public async Task Reconnects_are_counted_with_their_broker()
    {
        await _broker.SettleAsync();
        Assert.Empty(_measured.Of("warren.client.reconnects")); // Two buses have connected, for the first time.

        _broker.Connection("client").RefuseNext(2);
        _broker.Connection("client").Cut();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.True(_client.IsConnected);
        Assert.Equal(["1 server.address=localhost server.port=5672"], _measured.Of("warren.client.reconnects"));
        Assert.Equal((1, 0), (_client.Statistics.Reconnects, _serving.Statistics.Reconnects));
    }

    [Fact]
    public void A_measurement_allocates_nothing_whether_somebody_listens_or_not()
    {
        using var listener = new MeterListener { InstrumentPublished = static (instrument, self) => { if (instrument.Meter.Name == "Warren") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _measured.Dispose(); // What it notes down takes room.

        Assert.Equal(0, AllocatedByMeasurements());
        listener.Start();
        Assert.True(CallMetrics.WantsCalls);
        Assert.Equal(0, AllocatedByMeasurements());
    }

    private static long AllocatedByMeasurements()
    {
        var method = new RpcMethod<int>("Fib", RpcMethodKind.Call, isIdempotent: false, RpcTypes.Int32);
        var address = new CallAddress("rpc.calculator", isContract: true);
        Measure(10); // What the runtime makes once.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Measure(1000);
        return GC.GetAllocatedBytesForCurrentThread() - before;

        void Measure(int times)
        {
            for (var i = 0; i < times; i++)
            {
                CallTelemetry.Ended(address.Service, method, span: null, TimeSpan.FromMilliseconds(1), failure: null);
                CallTelemetry.Served(CallTelemetry.NameOf(address.Service, method), span: null, RpcStatus.Internal, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2));
                CallMetrics.ReplyDropped("late");
                CallMetrics.RequestCameAgain("rpc.calculator/Fib");
                CallMetrics.RequestShed("rpc.calculator/Fib", "in_flight_limit");
            }
        }
    }

    private Task<RpcServer> ServeSecondsAsync(string queue, ServeOptions? options = null) => _serving.ServeAsync(queue, async (int seconds) =>
    {
        if (seconds == 0)
            throw new RpcException(RpcStatus.NotFound, "nothing takes no time");
        await _broker.Time.Delay(TimeSpan.FromSeconds(seconds));
        return seconds;
    }, options, Cancelled);

    private async Task CallAsync(string queue, int seconds, CallOptions? options = null)
    {
        var call = _client.CallAsync<int>(queue, seconds, options ?? Fast, Cancelled);
        await DriveAsync(call, mayFail: true);
        await call;
    }

    // Virtual time moves until it is done.
    private async Task DriveAsync(Task task, bool mayFail = false)
    {
        await _broker.AdvanceUntilAsync(task, TimeSpan.FromSeconds(30));
        if (!mayFail)
            await task;
        await _broker.SettleAsync();
    }

    private async Task ForgeReplyAsync()
    {
        var replyTo = "";
        await using var server = await _serving.ServeAsync("spy", (Request request, CancellationToken _) =>
        {
            replyTo = request.Properties.ReplyTo.ToString();
            return Task.FromResult<Payload>("1");
        }, cancellationToken: Cancelled);
        await CallAsync("spy", 1);
        await using var forger = await DrivenAsync(AmqpConnection.ConnectAsync(_broker.OptionsFor("forger"), Cancelled));
        var channel = await DrivenAsync(forger.OpenChannelAsync(Cancelled));
        await channel.PublishAsync("", replyTo, "1"u8.ToArray(), new BasicProperties { CorrelationId = "0123456789abcdef" }, cancellationToken: Cancelled);
        await _broker.SettleAsync();
    }

    private async Task<T> DrivenAsync<T>(Task<T> task)
    {
        await DriveAsync(task);
        return await task;
    }

    private IEnumerable<string> WithoutValue(string name) => _measured.Of(name).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);

    private sealed class SlowCalculator(TestClock clock) : ICalculator
    {
        public async Task<int> Fib(int n, CancellationToken cancellationToken)
        {
            await clock.Delay(TimeSpan.FromSeconds(1), cancellationToken); // Long enough for something to go wrong meanwhile.
            return n;
        }

        public async IAsyncEnumerable<int> Series(int count, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; i < count; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }

        public Task Log(string line, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
