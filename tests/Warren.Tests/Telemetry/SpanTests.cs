using System.Diagnostics;
using Warren.Testing;
using Warren.Tests.Contracts;
using Warren.Tests.Testing;

namespace Warren.Tests.Telemetry;

/// <summary>The spans of calls (rpc.md section 8): names, kinds, attributes, parents, baggage.</summary>
[Collection(nameof(AloneCollection))] // The source is the process's: it tells of other tests' calls too.
public sealed class SpanTests : IAsyncLifetime
{
    private readonly List<Activity> _spans = []; // Guarded by itself.
    private readonly ActivityListener _listener = new();
    private readonly ActivitySource _application = new("Application");
    private ActivitySamplingResult _clientSampling = ActivitySamplingResult.AllDataAndRecorded; // The server decides for itself, on a thread of its own.
    private TestBroker _broker = null!;
    private Bus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _listener.ShouldListenTo = source => source.Name is "Warren" or "Application";
        _listener.Sample = (ref ActivityCreationOptions<ActivityContext> options) => options is { Source.Name: "Warren", Kind: ActivityKind.Client } ? _clientSampling : ActivitySamplingResult.AllDataAndRecorded;
        _listener.ActivityStopped = span =>
        {
            lock (_spans)
                _spans.Add(span);
        };
        ActivitySource.AddActivityListener(_listener);
        _broker = await TestBroker.StartAsync(cancellationToken: Cancelled);
        _bus = await _broker.ConnectAsync(cancellationToken: Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
        _listener.Dispose();
        _application.Dispose();
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_call_is_a_client_span_and_a_server_span_below_it_of_the_methods_full_name(CallMode mode)
    {
        await using var server = await _bus.ServeAsync<ICalculator>(new Calculator(), cancellationToken: Cancelled);

        Assert.Equal(5, await _bus.Client<ICalculator>(new CallOptions { Mode = mode }).Fib(5, Cancelled));
        await _broker.SettleAsync();

        var (client, served) = (One(ActivityKind.Client), One(ActivityKind.Server));
        Assert.Equal(("rpc.calculator/Fib", "rpc.calculator/Fib"), (client.OperationName, served.OperationName));
        Assert.Equal((client.TraceId, client.SpanId), (served.TraceId, served.ParentSpanId));
        Assert.Equal(default, client.ParentSpanId);
        Assert.True(served.HasRemoteParent);
        foreach (var span in new[] { client, served })
        {
            Assert.Equal(["rpc.method=rpc.calculator/Fib", "rpc.response.status_code=Ok", "rpc.system.name=warren"], TagsOf(span));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        }
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task Streams_and_one_way_messages_are_calls_too()
    {
        await using var server = await _bus.ServeAsync<ICalculator>(new Calculator(), cancellationToken: Cancelled);
        var client = _bus.Client<ICalculator>();

        await client.Log("x", Cancelled);
        await foreach (var item in client.Series(3, Cancelled))
            Assert.InRange(item, 0, 2);
        await _broker.SettleAsync();

        foreach (var method in new[] { "rpc.calculator/Log", "rpc.calculator/Series" })
        {
            var (called, served) = (One(ActivityKind.Client, method), One(ActivityKind.Server, method));
            Assert.Equal(called.SpanId, served.ParentSpanId);
            Assert.All([called, served], span => Assert.Equal(["rpc.method=" + method, "rpc.response.status_code=Ok", "rpc.system.name=warren"], TagsOf(span)));
        }
    }

    [Fact]
    public async Task A_failure_is_an_error_of_the_client_and_of_the_server_only_when_it_is_the_servers()
    {
        await using var server = await _bus.ServeAsync<int, int>("work", new Func<int, int>(n => n == 0 ? throw new RpcException(RpcStatus.NotFound, "none") : throw new InvalidOperationException()), cancellationToken: Cancelled);

        await Assert.ThrowsAsync<RpcException>(() => _bus.CallAsync<int>("work", 0, cancellationToken: Cancelled));
        await Assert.ThrowsAsync<RpcException>(() => _bus.CallAsync<int>("work", 1, cancellationToken: Cancelled));
        await _broker.SettleAsync();

        var spans = Spans().Where(span => span.OperationName == "work").Select(span => (span.Kind, Code: span.GetTagItem("rpc.response.status_code"), Error: span.GetTagItem("error.type"), span.Status)).ToHashSet();
        Assert.Equal(
        [
            (ActivityKind.Client, "NotFound", "NotFound", ActivityStatusCode.Error),
            (ActivityKind.Server, "NotFound", null, ActivityStatusCode.Unset),
            (ActivityKind.Client, "Internal", "Internal", ActivityStatusCode.Error),
            (ActivityKind.Server, "Internal", "Internal", ActivityStatusCode.Error),
        ], spans);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_call_that_is_made_again_is_one_client_span(CallMode mode)
    {
        var options = new CallOptions { Mode = mode, Retry = new RetryPolicy(maxAttempts: 9, firstDelay: TimeSpan.FromSeconds(1), maxDelay: TimeSpan.FromSeconds(1)) };
        var call = _bus.CallAsync<int>("again", 7, options, Cancelled);
        await _broker.AdvanceAsync(TimeSpan.FromMilliseconds(400)); // The first attempt found no server.
        Assert.False(call.IsCompleted);
        await using var server = await _bus.ServeAsync("again", (int n) => n, cancellationToken: Cancelled);
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(10));
        Assert.Equal(7, await call);
        await _broker.SettleAsync();

        var (client, served) = (One(ActivityKind.Client), One(ActivityKind.Server));
        Assert.Equal(["rpc.method=again", "rpc.response.status_code=Ok", "rpc.system.name=warren"], TagsOf(client));
        Assert.Equal((client.TraceId, client.SpanId), (served.TraceId, served.ParentSpanId));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task A_one_way_message_that_nobody_takes_ends_its_span_with_the_reason()
    {
        await Assert.ThrowsAsync<RpcException>(() => _bus.Client<ICalculator>().Log("x", Cancelled));

        var span = One(ActivityKind.Client);
        Assert.Equal(("Unavailable", ActivityStatusCode.Error), (span.GetTagItem("rpc.response.status_code"), span.Status));
    }

    [Fact]
    public async Task A_method_that_the_contract_does_not_have_has_no_name_of_its_own()
    {
        await using var server = await _bus.ServeAsync<ICalculator>(new Calculator(), cancellationToken: Cancelled);

        await Assert.ThrowsAsync<RpcException>(() => _bus.CallAsync("rpc.calculator", "Nothing", "{}"u8.ToArray(), cancellationToken: Cancelled));
        await _broker.SettleAsync();

        Assert.Equal(
            ["error.type=Unimplemented", "rpc.method=_OTHER", "rpc.method_original=Nothing", "rpc.response.status_code=Unimplemented", "rpc.system.name=warren"],
            TagsOf(One(ActivityKind.Server)));
    }

    [Fact]
    public async Task Parent_and_baggage_travel_to_the_handler()
    {
        var seen = "";
        await using var server = await _bus.ServeAsync("work", (int n, CancellationToken _) =>
        {
            seen = Activity.Current!.GetBaggageItem("tenant")!;
            return n;
        }, cancellationToken: Cancelled);

        using (var outer = _application.StartActivity("request"))
        {
            outer!.AddBaggage("tenant", "blue");
            await _bus.CallAsync<int>("work", 1, cancellationToken: Cancelled);
            await _broker.SettleAsync();
            Assert.Equal(outer, Activity.Current);
            var (client, served) = (One(ActivityKind.Client), One(ActivityKind.Server));
            Assert.Equal((outer.SpanId, client.SpanId), (client.ParentSpanId, served.ParentSpanId));
        }

        Assert.Equal("blue", seen);
    }

    // Else the server would see no trace and begin one of its own: the middle of a trace that nobody wanted.
    [Fact]
    public async Task A_trace_that_is_not_recorded_here_goes_on_at_the_server()
    {
        await using var server = await _bus.ServeAsync("work", (int n) => n, cancellationToken: Cancelled);

        using (var outer = _application.StartActivity("request"))
        {
            _clientSampling = ActivitySamplingResult.None;
            await _bus.CallAsync<int>("work", 1, cancellationToken: Cancelled);
            await _broker.SettleAsync();

            Assert.DoesNotContain(Spans(), span => span.Kind == ActivityKind.Client);
            Assert.Equal((outer!.TraceId, outer.SpanId), (One(ActivityKind.Server).TraceId, One(ActivityKind.Server).ParentSpanId));
        }
    }

    [Fact]
    public async Task A_request_without_a_trace_is_a_root_whatever_ran_on_its_thread_before()
    {
        await using var server = await _bus.ServeAsync("work", (int n) => n, cancellationToken: Cancelled);

        _clientSampling = ActivitySamplingResult.None;
        await _bus.CallAsync<int>("work", 1, cancellationToken: Cancelled);
        await _broker.SettleAsync();

        Assert.Equal(default, One(ActivityKind.Server).ParentSpanId);
    }

    [Fact]
    public async Task No_span_has_a_reply_queue_in_it()
    {
        await using var server = await _bus.ServeAsync<ICalculator>(new Calculator(), cancellationToken: Cancelled);

        await _bus.Client<ICalculator>().Fib(1, Cancelled);
        await _bus.Client<ICalculator>(new CallOptions { Mode = CallMode.Safe }).Fib(1, Cancelled);
        await _broker.SettleAsync();

        Assert.All(Spans().SelectMany(span => TagsOf(span).Append(span.OperationName)), text =>
        {
            Assert.DoesNotContain("amq.gen", text, StringComparison.Ordinal);
            Assert.DoesNotContain("warren.reply", text, StringComparison.Ordinal);
        });
    }

    private Activity One(ActivityKind kind, string? name = null) => Assert.Single(Spans(), span => span.Source.Name == "Warren" && span.Kind == kind && (name is null || span.OperationName == name));

    private List<Activity> Spans()
    {
        lock (_spans)
            return [.. _spans];
    }

    private static IEnumerable<string> TagsOf(Activity span) => span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
}
