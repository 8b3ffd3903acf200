using System.Text.Json;
using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Broker;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls.Server;

/// <summary>What a server refuses before the handler, and when it stops refusing.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SheddingTests : IAsyncLifetime
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Workshop _workshop = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;
    private TimeSpan _takes = TimeSpan.FromSeconds(8.5);

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await _broker.ConnectAsync("server");
        _workshop.OnWork = async (n, _) =>
        {
            await _broker.Time.Delay(_takes, CancellationToken.None); // To its end, whether or not somebody waits.
            return n;
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _serving.DisposeAsync();
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_handler_that_needs_most_of_the_time_is_not_refused()
    {
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);

        for (var round = 0; round < 5; round++)
            Assert.All(await CallAtOnceAsync(40, TimeSpan.FromSeconds(10)), Assert.Null);
    }

    [Fact]
    public async Task What_half_of_the_requests_cannot_do_in_time_is_refused_until_they_can()
    {
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        await CallAtOnceAsync(40, TimeSpan.FromSeconds(10));

        var ran = _workshop.Runs;
        var refused = await CallAsync(16, TimeSpan.FromSeconds(5));
        Assert.Equal((14, 2), (refused.Count(status => status == RpcStatus.ResourceExhausted), _workshop.Runs - ran)); // One of eight is tried all the same.

        _takes = Moment;
        var later = await CallAsync(300, TimeSpan.FromSeconds(5));
        Assert.All(later[^30..], Assert.Null);
    }

    [Fact]
    public async Task What_was_slow_a_while_ago_has_no_say()
    {
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        await CallAtOnceAsync(40, TimeSpan.FromSeconds(10));
        _takes = Moment;

        await _broker.AdvanceAsync(TimeSpan.FromMinutes(6));

        Assert.All(await CallAsync(20, TimeSpan.FromSeconds(5)), Assert.Null);
    }

    [Fact]
    public async Task A_stream_that_lives_long_refuses_none()
    {
        _workshop.OnItem = async (n, token) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(1), token);
            return n;
        };
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var readers = Task.WhenAll(Enumerable.Range(0, 40).Select(_ => ReadAsync(9, TimeSpan.FromSeconds(10))));
        await _broker.AdvanceUntilAsync(readers, TimeSpan.FromSeconds(11));
        Assert.All(await readers, read => Assert.Equal(9, read));

        var last = ReadAsync(1, TimeSpan.FromSeconds(3));
        await _broker.AdvanceUntilAsync(last, TimeSpan.FromSeconds(3));

        Assert.Equal(1, await last);
    }

    [Fact]
    public void Code_that_takes_long_is_timed_each_time_and_short_code_now_and_then()
    {
        var durations = new MethodDurations(new VirtualTime());
        for (var i = 0; i < 32; i++)
        {
            Assert.True(durations.Add());
            durations.Sample(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(160, Enumerable.Range(0, 160).Count(_ => durations.Add()));
        for (var i = 0; i < 64; i++)
            durations.Sample(TimeSpan.FromMicroseconds(10));
        Assert.Equal(10, Enumerable.Range(0, 160).Count(_ => durations.Add()));
    }

    [Fact]
    public async Task A_limit_holds_for_code_that_computes_its_reply_at_once()
    {
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        await using var broker = await BoxedBroker.StartAsync();
        await using var bus = await broker.ConnectAsync(new BusOptions { Time = new VirtualTime() });
        await using var other = await broker.ConnectAsync(new BusOptions { Time = new VirtualTime() });
        await using var server = await bus.ServeAsync("narrow", (int n) =>
        {
            started.TrySetResult();
            release.Wait();
            return n;
        }, new ServeOptions { MaxInFlight = 1 });
        var first = other.CallAsync<int>("narrow", 1);
        await started.Task;

        var error = await Assert.ThrowsAsync<RpcException>(() => other.CallAsync<int>("narrow", 2));
        var inFlight = await InFlightAsync(other, "narrow");
        release.Set();

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.NotNull(error.RetryAfter);
        Assert.Equal(1, inFlight);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task What_runs_shows_in_the_statistics_without_a_limit_too()
    {
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        await using var broker = await BoxedBroker.StartAsync();
        await using var bus = await broker.ConnectAsync(new BusOptions { Time = new VirtualTime() });
        await using var other = await broker.ConnectAsync(new BusOptions { Time = new VirtualTime() });
        await using var server = await bus.ServeAsync("wide", (int n) =>
        {
            started.TrySetResult();
            release.Wait();
            return n;
        });
        var first = other.CallAsync<int>("wide", 1);
        await started.Task;

        var inFlight = await InFlightAsync(other, "wide");
        release.Set();

        Assert.Equal(1, inFlight);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Clocks_a_quarter_of_a_minute_apart_refuse_nothing()
    {
        await using var server = await _serving.ServeAsync("plain", (int n) => n + 1);
        var sentAt = _broker.Time.GetUtcNow().AddSeconds(-15).ToUnixTimeMilliseconds();

        Assert.Equal("2", await AskAsync("plain", "1", FieldTable.Create(("rpc-timeout-ms", 10_000), ("rpc-sent-at", sentAt))));
    }

    [Fact]
    public async Task What_waited_too_long_behind_others_is_refused_whatever_the_clocks_say()
    {
        await using var server = await _serving.ServeAsync("one", async (int n) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(3));
            return n;
        }, new ServeOptions { Concurrency = 1 });
        var first = _client.CallAsync<int>("one", 1);
        await _broker.SettleAsync();

        var sentAt = _broker.Time.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();
        var reply = AskAsync("one", "2", FieldTable.Create(("rpc-timeout-ms", 2000), ("rpc-sent-at", sentAt)));
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.Equal(1, await first);
        var fault = JsonElement.Parse(await reply);
        Assert.Equal(("DeadlineExceeded", "NotExecuted"), (fault.GetProperty("status").GetString(), fault.GetProperty("outcome").GetString()));
        Assert.Contains("1000 ms after its deadline", fault.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<int> InFlightAsync(Bus bus, string queue)
    {
        await foreach (var answer in bus.DiscoverAsync("stats", queue, TimeSpan.FromMinutes(5)))
            return JsonElement.Parse(answer.Span).GetProperty("inFlight").GetInt32();
        return -1;
    }

    private async Task<RpcStatus?[]> CallAtOnceAsync(int count, TimeSpan timeout)
    {
        var calls = Enumerable.Range(0, count).Select(n => (Task)_client.Client<IWorkshop>(new CallOptions { Timeout = timeout }).Work(n)).ToArray();
        await _broker.AdvanceUntilAsync(Task.WhenAll(calls), timeout + TimeSpan.FromSeconds(1));
        return [.. calls.Select(StatusOf)];
    }

    private static RpcStatus? StatusOf(Task call) => call.IsFaulted ? Assert.IsType<RpcException>(call.Exception!.InnerException).Status : null;

    // One after the other. Null for a reply, else how it failed.
    private async Task<RpcStatus?[]> CallAsync(int count, TimeSpan timeout)
    {
        var statuses = new RpcStatus?[count];
        var options = new CallOptions { Timeout = timeout };
        for (var i = 0; i < count; i++)
        {
            var call = _client.Client<IWorkshop>(options).Work(i);
            await _broker.AdvanceUntilAsync(call, timeout + TimeSpan.FromSeconds(1));
            statuses[i] = StatusOf(call);
        }
        return statuses;
    }

    private async Task<int> ReadAsync(int count, TimeSpan timeout)
    {
        var read = 0;
        await foreach (var _ in _client.Client<IWorkshop>(new CallOptions { Timeout = timeout }).Items(count))
            read++;
        return read;
    }

    private async Task<string> AskAsync(string queue, string body, FieldTable headers)
    {
        await using var foreign = await AmqpConnection.ConnectAsync(_broker.OptionsFor("foreign"));
        var channel = await foreign.OpenChannelAsync();
        var reply = new TaskCompletionSource<string>();
        var replies = (await channel.DeclareQueueAsync(exclusive: true)).Queue;
        await channel.ConsumeAsync(replies.ToString(), (delivery, _) =>
        {
            reply.TrySetResult(System.Text.Encoding.UTF8.GetString(delivery.Body.Span));
            return default;
        });
        await channel.PublishAsync("", queue, System.Text.Encoding.UTF8.GetBytes(body), new BasicProperties { ReplyTo = replies, Headers = headers });
        return await reply.Task;
    }
}
