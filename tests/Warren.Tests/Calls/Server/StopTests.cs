using System.Text.Json;
using Warren.Amqp;
using Warren.Testing;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls.Server;

/// <summary>A server that stops, and what it says of itself while it runs.</summary>
[Collection(nameof(AloneCollection))]
public sealed class StopTests : IAsyncLifetime
{
    private readonly Workshop _workshop = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await _broker.ConnectAsync("server");
        _workshop.OnWork = async (n, _) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(4));
            return n;
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _serving.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task R12_requests_of_a_contract_that_have_not_started_are_run_by_another_server(CallMode mode)
    {
        var first = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { Prefetch = 3, Concurrency = 1 });
        var calls = await CallThriceAsync(mode);
        await using var other = await _broker.ConnectAsync("other");

        var stopping = first.StopAsync();
        await _broker.SettleAsync();
        await using var second = await other.ServeAsync<IWorkshop>(new Workshop { OnWork = (n, _) => Task.FromResult(10 * n) });
        await _broker.AdvanceUntilAsync(Task.WhenAll(calls), TimeSpan.FromSeconds(10));

        int[] expected = [1, 20, 30];
        Assert.Equal(expected, await Task.WhenAll(calls));
        Assert.Equal(1, _workshop.Runs);
        await stopping;
    }

    [Fact]
    public async Task R12_the_broker_still_tells_the_callers_of_what_was_given_back_when_it_drops_it()
    {
        var server = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { Prefetch = 3, Concurrency = 1 });
        var calls = await CallThriceAsync(CallMode.Fast);

        var stopping = server.StopAsync();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(11)); // Nobody serves any more, so they expire: when their callers' time is up, and not later.

        Assert.Equal(1, await calls[0]);
        foreach (var call in calls[1..])
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => call);
            Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted), (error.Status, error.Outcome)); // Its own clock could not know that.
        }
        Assert.Equal(2, _client.Statistics.RequestsDropped);
        await stopping;
    }

    [Fact]
    public async Task Past_the_drain_time_the_tokens_fire()
    {
        var fired = 0;
        _workshop.OnWork = async (n, token) =>
        {
            await using var registration = token.Register(() => Interlocked.Increment(ref fired));
            await _broker.Time.Delay(Timeout.InfiniteTimeSpan, token);
            return n;
        };
        var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var calls = await CallThriceAsync(CallMode.Fast);

        var stopping = server.StopAsync(drainTime: TimeSpan.FromSeconds(3));
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, fired);
        await _broker.AdvanceUntilAsync(stopping, TimeSpan.FromSeconds(0.1));

        Assert.Equal(3, fired);
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => call);
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.Executed), (error.Status, error.Outcome));
            Assert.Contains("the server stopped", error.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_handler_that_does_not_look_at_its_token_holds_up_a_stop_for_a_second_only(CallMode mode)
    {
        _workshop.OnWork = async (n, _) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(30));
            return n;
        };
        var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var calls = await CallThriceAsync(mode);

        var stopping = server.StopAsync(drainTime: TimeSpan.FromSeconds(3));
        await _broker.AdvanceUntilAsync(stopping, TimeSpan.FromSeconds(4));

        await stopping;
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(40));
        foreach (var call in calls)
            await Assert.ThrowsAsync<RpcException>(() => call);
    }

    [Fact]
    public async Task An_instance_tells_its_methods_and_how_long_they_take()
    {
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { Prefetch = 7 });
        var takes = 0;
        _workshop.OnWork = async (n, token) =>
        {
            await _broker.Time.Delay(Interlocked.Increment(ref takes) == 50 ? TimeSpan.FromSeconds(8) : TimeSpan.FromSeconds(1), token);
            return n > 0 ? n : throw new RpcException(RpcStatus.NotFound, "none");
        };
        var calls = Task.WhenAll(Enumerable.Range(0, 50).Select(n => ((Task)_client.Client<IWorkshop>(new CallOptions { Timeout = TimeSpan.FromMinutes(1) }).Work(n)).ContinueWith(_ => { }, TaskScheduler.Default)));
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(0.5));
        Assert.Equal(7, (await AskAsync("stats")).GetProperty("inFlight").GetInt32());
        await _broker.AdvanceUntilAsync(calls, TimeSpan.FromMinutes(1));

        var stats = await AskAsync("stats");
        var work = Assert.Single(stats.GetProperty("methods").EnumerateArray());
        Assert.Equal((0, "Work", 50, 1), (stats.GetProperty("inFlight").GetInt32(), work.GetProperty("name").GetString(), work.GetProperty("count").GetInt32(), work.GetProperty("failures").GetInt32()));
        Assert.InRange(work.GetProperty("medianMs").GetDouble(), 750, 1000); // To a quarter.
        Assert.InRange(work.GetProperty("p99Ms").GetDouble(), 6000, 8000);

        var info = await AskAsync("info");
        Assert.Equal(7, info.GetProperty("prefetch").GetInt32());
        Assert.Equal(
            ["Work Call False", "Break Call False", "Items Stream False"],
            info.GetProperty("methods").EnumerateArray().Select(method => $"{method.GetProperty("name")} {method.GetProperty("kind")} {method.GetProperty("idempotent").GetBoolean()}"));
    }

    // The first runs, the others wait in the server.
    private async Task<Task<int>[]> CallThriceAsync(CallMode mode)
    {
        var workshop = _client.Client<IWorkshop>(new CallOptions { Mode = mode, Timeout = TimeSpan.FromSeconds(10) });
        var calls = new List<Task<int>>();
        for (var n = 1; n <= 3; n++)
        {
            calls.Add(workshop.Work(n));
            await _broker.SettleAsync();
        }
        return [.. calls];
    }

    private async Task<JsonElement> AskAsync(string question)
    {
        var answers = _client.DiscoverAsync(question, "rpc.workshop", TimeSpan.FromMinutes(5)).GetAsyncEnumerator();
        await using (answers)
            return await answers.MoveNextAsync() ? JsonElement.Parse(answers.Current.Span) : default;
    }
}
