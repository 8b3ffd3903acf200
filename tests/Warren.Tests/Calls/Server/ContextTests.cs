using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Warren.Testing;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls.Server;

/// <summary>What a handler knows of its request, and what its caller hears of its failures.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ContextTests : IAsyncLifetime
{
    private static readonly CallOptions OneMinute = new() { Timeout = TimeSpan.FromMinutes(1) };
    private static readonly CallOptions OneHour = new() { Timeout = TimeSpan.FromHours(1) };

    private readonly Workshop _workshop = new();
    private readonly LogNotes _log = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await Bus.ConnectAsync(_broker.OptionsFor("server") with { LoggerFactory = _log }, new BusOptions { TimeProvider = _broker.Time });
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
    public async Task A_contracts_nested_call_has_no_more_time_than_the_call_it_serves(CallMode mode)
    {
        var left = new TaskCompletionSource<TimeSpan?>();
        await using var inner = await ServeInnerAsync(left);
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        _workshop.OnWork = async (n, token) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(10), token);
            return await _serving.CallAsync<int>("inner", n, OneHour, token);
        };

        var call = _client.Client<IWorkshop>(OneMinute with { Mode = mode }).Work(5);
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromMinutes(1));

        Assert.Equal(5, await call);
        Assert.Equal(TimeSpan.FromSeconds(50), await left.Task);
    }

    [Fact]
    public async Task A_stream_knows_its_request_and_its_calls_have_no_more_time()
    {
        var left = new TaskCompletionSource<TimeSpan?>();
        var seen = new List<(string CallId, string Method, TimeSpan? Left)>();
        await using var inner = await ServeInnerAsync(left);
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        _workshop.OnItem = async (n, token) =>
        {
            var context = RequestContext.Current!;
            seen.Add((context.CallId, context.Method, context.TimeLeft));
            await _broker.Time.Delay(TimeSpan.FromSeconds(10), token);
            return n == 1 ? await _serving.CallAsync<int>("inner", n, OneHour, token) : n;
        };

        var reading = ReadAsync(3);
        await _broker.AdvanceUntilAsync(reading, TimeSpan.FromMinutes(1));

        int[] expected = [0, 1, 2];
        Assert.Equal(expected, await reading);
        Assert.Single(seen.Select(each => each.CallId).Distinct());
        Assert.NotEmpty(seen[0].CallId);
        Assert.All(seen, each => Assert.Equal("Items", each.Method));
        Assert.Equal([60.0, 50.0, 40.0], seen.Select(each => each.Left!.Value.TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(40), await left.Task);
        Assert.Null(RequestContext.Current);
    }

    [Fact]
    public async Task A_stream_and_what_it_calls_are_of_one_trace()
    {
        var spans = new List<Activity?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Warren",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        await using var inner = await _serving.ServeAsync("inner", (int n, CancellationToken _) =>
        {
            spans.Add(Activity.Current);
            return n;
        });
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        _workshop.OnItem = async (n, token) =>
        {
            spans.Add(Activity.Current);
            await Task.Yield();
            return await _serving.CallAsync<int>("inner", n, OneHour, token);
        };

        int[] expected = [0, 1];
        Assert.Equal(expected, await ReadAsync(2));

        Assert.Equal(4, spans.Count);
        Assert.All(spans, span => Assert.Equal(ActivityKind.Server, span?.Kind));
        Assert.Single(spans.Select(span => span!.TraceId).Distinct());
        Assert.Same(spans[0], spans[2]);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task What_a_handler_throws_stands_in_the_log_under_the_callers_id()
    {
        _workshop.OnWork = (_, _) => throw new InvalidOperationException("secret");
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);

        var error = await Assert.ThrowsAsync<RpcException>(() => _client.Client<IWorkshop>(OneMinute).Work(1));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        var id = error.Detail.Split(' ')[^1];
        Assert.Equal(12, id.Length);
        var line = Assert.Single(_log.Lines, line => line.Text.Contains(id, StringComparison.Ordinal));
        Assert.Equal((LogLevel.Error, "secret"), (line.Level, line.Failure?.Message));
    }

    [Fact]
    public async Task A_server_under_development_shows_what_its_handlers_throw()
    {
        _workshop.OnWork = (_, _) => throw new InvalidOperationException("no secret");
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { ShowExceptions = true });

        var error = await Assert.ThrowsAsync<RpcException>(() => _client.Client<IWorkshop>(OneMinute).Work(1));

        Assert.Equal((RpcStatus.Internal, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.StartsWith("System.InvalidOperationException: no secret", error.Detail, StringComparison.Ordinal);
        Assert.Contains(nameof(A_server_under_development_shows_what_its_handlers_throw), error.Detail, StringComparison.Ordinal);
    }

    private Task<RpcServer> ServeInnerAsync(TaskCompletionSource<TimeSpan?> left) => _serving.ServeAsync("inner", (int n, CancellationToken _) =>
    {
        left.TrySetResult(RequestContext.Current!.TimeLeft);
        return n;
    });

    private async Task<List<int>> ReadAsync(int count)
    {
        var items = new List<int>();
        await foreach (var item in _client.Client<IWorkshop>(OneMinute).Items(count))
            items.Add(item);
        return items;
    }
}
