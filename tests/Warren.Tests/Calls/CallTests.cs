using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Tests.Broker;

namespace Warren.Tests.Calls;

public sealed class CallTests : IAsyncLifetime
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
    public async Task A_call_gets_its_reply_as_whatever_it_asks_for()
    {
        await using var server = await _bus.ServeAsync("double", (int n) => 2 * n, cancellationToken: Cancelled);

        Assert.Equal(60, await _bus.CallAsync<int>("double", 30, cancellationToken: Cancelled));
        Assert.Equal("60", await _bus.CallAsync<string>("double", "30", cancellationToken: Cancelled));
        Assert.Equal(60, await _bus.CallAsync<long, decimal>("double", 30, cancellationToken: Cancelled));
        Assert.Equal("60"u8.ToArray(), (await _bus.CallAsync("double", (ReadOnlyMemory<byte>)"30"u8.ToArray(), cancellationToken: Cancelled)).ToArray());
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_is_unavailable_and_safe_to_retry()
    {
        var error = await FailAsync(_bus.CallAsync<int>("nowhere", 1, cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.StartsWith("Unavailable: no server: queue nowhere does not exist. Not executed, safe to retry. (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_comes_back_ends_its_call()
    {
        var error = await FailAsync(_bus.CallAsync<int>("nowhere", 1, new CallOptions { WaitForServer = true }, Cancelled));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal(1, _bus.Statistics.RequestsReturned);
    }

    [Fact]
    public async Task A_queue_without_consumer_is_no_server()
    {
        await _bus.SendAsync("lonely", "x", cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("lonely", 1, cancellationToken: Cancelled));

        Assert.Equal("no server: queue lonely has 0 consumers", error.Detail);
    }

    [Fact]
    public async Task The_deadline_ends_a_call_and_says_what_the_queue_looks_like()
    {
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await _bus.ServeAsync("slow", async (int n) =>
        {
            running.SetResult();
            await release.Task; // By its token it would end at the same moment, and its answer might be quicker than the caller's clock.
            return n;
        }, cancellationToken: Cancelled);
        var call = _bus.CallAsync<int>("slow", 1, cancellationToken: Cancelled);
        await running.Task;

        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));

        var error = await FailAsync(call);
        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.StartsWith("no reply after 10 s: ", error.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _bus.Statistics.PendingCalls);
        release.SetResult();
    }

    [Fact]
    public async Task A_call_that_was_never_sent_was_not_executed()
    {
        var bus = await _broker.ConnectAsync(new BusOptions { Time = _time, MaxPendingCalls = 1 });
        await using var server = await _bus.ServeAsync("one", async (int n, CancellationToken token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return n;
        }, new ServeOptions { DrainTime = TimeSpan.Zero }, Cancelled);
        var first = bus.CallAsync<int>("one", 1, new CallOptions { Timeout = TimeSpan.FromSeconds(60) }, Cancelled);
        var second = bus.CallAsync<int>("one", 2, cancellationToken: Cancelled);

        _time.Advance(TimeSpan.FromSeconds(10));

        var error = await FailAsync(second);
        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        await bus.DisposeAsync();
        await FailAsync(first);
    }

    [Fact]
    public async Task A_handler_that_throws_is_internal_and_tells_the_caller_no_secrets()
    {
        await using var server = await _bus.ServeAsync<int, int>("broken", new Func<int, int>(_ => throw new InvalidOperationException("password is x")), cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("broken", 1, cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.DoesNotContain("password", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _bus.Statistics.RequestsFaulted);
    }

    [Fact]
    public async Task A_handler_speaks_to_its_caller_by_status_and_detail()
    {
        await using var server = await _bus.ServeAsync<int, int>("strict", new Func<int, int>(_ => throw new RpcException(RpcStatus.OutOfRange, "0 to 46")), cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("strict", 1, cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.OutOfRange, RpcOutcome.Executed, "0 to 46"), (error.Status, error.Outcome, error.Detail));
    }

    [Fact]
    public async Task The_limit_of_requests_at_once_holds_for_handlers_that_compute_their_reply_at_once()
    {
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await _bus.ServeAsync("full", (int n) =>
        {
            started.TrySetResult();
            release.Wait(Cancelled);
            return n;
        }, new ServeOptions { MaxInFlight = 1 }, Cancelled);
        await using var other = await _broker.ConnectAsync(new BusOptions { Time = _time });
        var first = other.CallAsync<int>("full", 1, cancellationToken: Cancelled);
        await started.Task;

        var error = await FailAsync(other.CallAsync<int>("full", 2, cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        release.Set();
        Assert.Equal(1, await first);
        Assert.Equal(1, _bus.Statistics.RequestsShed);
    }

    [Fact]
    public async Task An_invalid_request_is_answered_not_executed_and_the_server_serves_on()
    {
        var ran = 0;
        await using var server = await _bus.ServeAsync("count", (int _) => ++ran, cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("count", "abc", cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal(1, await _bus.CallAsync<int>("count", 0, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_reply_that_is_not_what_was_asked_for_is_an_error_of_the_reply()
    {
        await using var server = await _bus.ServeAsync("words", (string text) => text, cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("words", "abc", cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled_and_its_reply_is_dropped()
    {
        var release = new TaskCompletionSource();
        await using var server = await _bus.ServeAsync("held", async (int n) =>
        {
            await release.Task;
            return n;
        }, cancellationToken: Cancelled);
        using var source = new CancellationTokenSource();
        var call = _bus.CallAsync<int>("held", 1, cancellationToken: source.Token);
        await UntilAsync(() => _bus.Statistics.Calls == 1);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult();
        await UntilAsync(() => _bus.Statistics is { LateReplies: 1 } or { CallsCancelled: 1, RequestsServed: 0, PendingCalls: 0 });
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_starts_no_call()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bus.CallAsync<int>("any", 1, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(0, _bus.Statistics.Calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Every_call_has_a_finite_deadline(int timeoutMs) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _bus.CallAsync<int>("any", 1, new CallOptions { Timeout = TimeSpan.FromMilliseconds(timeoutMs) }, Cancelled));

    [Fact]
    public async Task A_foreign_request_gets_a_plain_reply_with_its_correlation_id()
    {
        await using var server = await _bus.ServeAsync("fib", (int n) => n == 30 ? 832040 : 0, cancellationToken: Cancelled);
        await using var foreign = await _broker.ConnectClientAsync();
        var channel = await foreign.OpenChannelAsync(Cancelled);
        var replies = await channel.DeclareQueueAsync(exclusive: true, cancellationToken: Cancelled);
        var reply = await AskAsync(channel, replies.Queue, "30"u8.ToArray(), "my very own id");

        Assert.Equal("832040", Encoding.UTF8.GetString(reply.Body.Span));
        Assert.Equal(new BasicProperties { ContentType = "text/plain", CorrelationId = "my very own id" }, reply.Properties.ToProperties());
    }

    [Fact]
    public async Task A_foreign_caller_reads_a_fault_as_json()
    {
        await using var server = await _bus.ServeAsync("fib", (int n) => n, cancellationToken: Cancelled);
        await using var foreign = await _broker.ConnectClientAsync();
        var channel = await foreign.OpenChannelAsync(Cancelled);
        var replies = await channel.DeclareQueueAsync(exclusive: true, cancellationToken: Cancelled);
        var reply = await AskAsync(channel, replies.Queue, "abc"u8.ToArray(), "1");

        Assert.Equal("""{"status":"InvalidArgument","outcome":"NotExecuted","detail":"\u0027abc\u0027 is not a whole number (Int32)"}""", Encoding.UTF8.GetString(reply.Body.Span));
        Assert.Equal("InvalidArgument", reply.Properties.Headers.ToDictionary()["rpc-status"]);
    }

    [Fact]
    public async Task A_request_without_reply_address_is_one_way()
    {
        var got = new TaskCompletionSource<int>();
        await using var server = await _bus.ServeAsync("oneway", (int n) => got.TrySetResult(n), cancellationToken: Cancelled);

        await _bus.SendAsync("oneway", 7, cancellationToken: Cancelled);

        Assert.Equal(7, await got.Task);
        await UntilAsync(() => _bus.Statistics.RequestsServed == 1);
    }

    [Fact]
    public async Task Forged_and_duplicate_replies_are_dropped_and_counted()
    {
        Request? request = null;
        await using var server = await _bus.ServeAsync("raw", (Request r, CancellationToken _) =>
        {
            request = r;
            return Task.FromResult<Payload>("1");
        }, cancellationToken: Cancelled);
        Assert.Equal(1, await _bus.CallAsync<int>("raw", 0, cancellationToken: Cancelled));
        await using var foreign = await _broker.ConnectClientAsync();
        var channel = await foreign.OpenChannelAsync(Cancelled);

        foreach (var id in (ShortString[])[request!.Properties.CorrelationId, "ffffffffffffffff", "nonsense"])
            await channel.PublishAsync("", request.Properties.ReplyTo, "2"u8.ToArray(), new BasicProperties { CorrelationId = id }, cancellationToken: Cancelled);

        await UntilAsync(() => _bus.Statistics is { DuplicateReplies: 1, UnknownReplies: 2 });
        Assert.Equal(1, await _bus.CallAsync<int>("raw", 0, cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_request_past_its_deadline_is_answered_and_not_run()
    {
        var ran = false;
        await using var server = await _bus.ServeAsync("late", (int _) => ran = true, cancellationToken: Cancelled);
        await using var foreign = await _broker.ConnectClientAsync();
        var channel = await foreign.OpenChannelAsync(Cancelled);
        var replies = await channel.DeclareQueueAsync(exclusive: true, cancellationToken: Cancelled);
        var sentAt = _time.GetUtcNow().ToUnixTimeMilliseconds() - 1500;
        var headers = FieldTable.Create(("rpc-timeout-ms", 1000), ("rpc-sent-at", sentAt));

        await channel.PublishAsync("", "late", "1"u8.ToArray(), new BasicProperties { ReplyTo = replies.Queue, Headers = headers }, cancellationToken: Cancelled);

        var reply = await NextAsync(channel, replies.Queue);
        Assert.True(Fault.TryRead(reply.Properties, out var fault));
        Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted), (fault.Status, fault.Outcome));
        Assert.False(ran);
    }

    [Fact]
    public async Task A_caller_who_is_gone_is_counted()
    {
        await using var server = await _bus.ServeAsync("gone", (int n) => n, cancellationToken: Cancelled);
        await using var foreign = await _broker.ConnectClientAsync();
        var channel = await foreign.OpenChannelAsync(Cancelled);

        await channel.PublishAsync("", "gone", "1"u8.ToArray(), new BasicProperties { ReplyTo = "nobody-any-more" }, cancellationToken: Cancelled);

        await UntilAsync(() => _bus.Statistics.CallersGone == 1);
    }

    [Fact]
    public async Task Handlers_may_block_on_calls_of_their_own()
    {
        await using var inner = await _bus.ServeAsync("inner", (int n) => n + 1, cancellationToken: Cancelled);
        await using var outer = await _bus.ServeAsync("outer", (int n) => _bus.CallAsync<int>("inner", n).GetAwaiter().GetResult() * 10, new ServeOptions { Prefetch = 20 }, Cancelled);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => _bus.CallAsync<int>("outer", n, cancellationToken: Cancelled)));

        Assert.Equal(Enumerable.Range(0, 20).Select(n => (n + 1) * 10), replies);
    }

    [Fact]
    public async Task A_lost_connection_ends_what_was_sent_and_everything_comes_back()
    {
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await _bus.ServeAsync("phoenix", async (int n) =>
        {
            running.TrySetResult();
            await release.Task;
            return n;
        }, cancellationToken: Cancelled);
        var call = _bus.CallAsync<int>("phoenix", 1, cancellationToken: Cancelled);
        await running.Task;

        _broker.CutAll();

        var error = await FailAsync(call);
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        release.SetResult();
        Assert.Equal(2, await _bus.CallAsync<int>("phoenix", 2, cancellationToken: Cancelled));
        await UntilAsync(() => _bus.Statistics.Reconnects == 1); // Counted when everything is back; the call needed less.
    }

    [Fact]
    public async Task A_stopped_server_finishes_what_runs_and_gives_back_the_rest()
    {
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var first = await _bus.ServeAsync("relay", async (int n) =>
        {
            running.TrySetResult();
            await release.Task;
            return -n;
        }, new ServeOptions { Prefetch = 3, Concurrency = 1 }, Cancelled);
        var calls = Enumerable.Range(1, 3).Select(n => _bus.CallAsync<int>("relay", n, cancellationToken: Cancelled)).ToArray();
        await running.Task;
        await UntilAsync(() => _bus.Statistics.PendingCalls == 3);

        var stopping = first.StopAsync();
        await using var second = await _bus.ServeAsync("relay", (int n) => n, cancellationToken: Cancelled);
        release.SetResult();
        await stopping;

        var replies = await Task.WhenAll(calls);
        Assert.Equal([-1, 2, 3], replies);
    }

    [Fact]
    public async Task Past_the_limit_callers_wait_for_a_slot()
    {
        await using var narrow = await _broker.ConnectAsync(new BusOptions { Time = _time, MaxPendingCalls = 2 });
        await using var server = await narrow.ServeAsync("narrow", (int n) => n, cancellationToken: Cancelled);

        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => narrow.CallAsync<int>("narrow", n, cancellationToken: Cancelled)));

        Assert.Equal(Enumerable.Range(0, 100), replies);
    }

    [Fact]
    public async Task A_closed_bus_leaves_no_call_behind()
    {
        var bus = await _broker.ConnectAsync(new BusOptions { Time = _time });
        await using var server = await _bus.ServeAsync("never", async (int n, CancellationToken token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return n;
        }, new ServeOptions { DrainTime = TimeSpan.Zero }, Cancelled);
        var call = bus.CallAsync<int>("never", 1, cancellationToken: Cancelled);
        await UntilAsync(() => bus.Statistics.PendingCalls == 1);

        await bus.DisposeAsync();

        Assert.Equal(RpcStatus.Unavailable, (await FailAsync(call)).Status);
    }

    private static async Task<RpcException> FailAsync(Task call) => await Assert.ThrowsAsync<RpcException>(() => call);

    private static async Task<Delivery> AskAsync(AmqpChannel channel, ShortString replyTo, byte[] body, ShortString id)
    {
        await channel.PublishAsync("", "fib", body, new BasicProperties { ReplyTo = replyTo, CorrelationId = id }, cancellationToken: Cancelled);
        return await NextAsync(channel, replyTo);
    }

    private static async Task<Delivery> NextAsync(AmqpChannel channel, ShortString queue)
    {
        while (true)
        {
            if (await channel.GetAsync(queue.ToString(), noAck: true, Cancelled) is { } delivery)
                return delivery;
            await Task.Yield();
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancelled.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
