using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>What callers and servers tell each other beside requests and replies, and what is seen of a call from outside.</summary>
public class ServerControlTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly CallOptions Long = new() { Timeout = TimeSpan.FromMinutes(5) };

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_cancelled_call_fires_the_token_of_its_handler(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var (started, fired) = (new TaskCompletionSource(), new TaskCompletionSource());
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            started.TrySetResult();
            await using var registration = token.Register(() => fired.TrySetResult());
            await Task.Delay(Timeout.Infinite, token);
            return n;
        });
        using var cancellation = new CancellationTokenSource();

        var call = bus.CallAsync<int>(queue, 1, Long, cancellation.Token);
        await started.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await fired.Task;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_cancelled_Safe_call_of_a_contract_fires_the_token_of_its_handler(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var service = new Waiting();
        await using var server = await serving.ServeAsync<IWaiting>(service);
        using var cancellation = new CancellationTokenSource();

        var call = bus.Client<IWaiting>(Long with { Mode = CallMode.Safe }).Wait(cancellation.Token);
        await service.Started.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await service.Fired.Task;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_death_of_a_Safe_caller_fires_the_token_once_its_reply_queue_is_gone(BrokerKind broker)
    {
        var bus = await Bus.ConnectAsync(await brokers.UriOfAsync(broker), new BusOptions { ReplyQueueExpiry = TimeSpan.FromSeconds(1) });
        await using var serving = await ConnectAsync(broker);
        var service = new Waiting();
        await using var server = await serving.ServeAsync<IWaiting>(service);

        var call = bus.Client<IWaiting>(Long with { Mode = CallMode.Safe }).Wait(default);
        await service.Started.Task;
        await bus.DisposeAsync();

        await Assert.ThrowsAsync<RpcException>(() => call);
        await service.Fired.Task;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_call_cancelled_while_it_waits_is_not_run(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ran = new List<int>();
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(queue, async (int n, CancellationToken _) =>
        {
            ran.Add(n);
            started.TrySetResult();
            await release.Task;
            return n;
        }, new ServeOptions { Prefetch = 1 });
        using var cancellation = new CancellationTokenSource();
        var first = bus.CallAsync<int>(queue, 1, Long);
        await started.Task;
        var second = bus.CallAsync<int>(queue, 2, Long, cancellation.Token);
        var third = bus.CallAsync<int>(queue, 3, Long);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await UntilAsync(() => serving.Statistics.CancelsReceived == 1);
        release.SetResult();

        int[] expected = [1, 3];
        Assert.Equal(expected, await Task.WhenAll(first, third));
        Assert.Equal(expected, ran);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_death_of_the_caller_fires_the_token_of_its_handler(BrokerKind broker)
    {
        var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var (started, fired) = (new TaskCompletionSource(), new TaskCompletionSource());
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            started.TrySetResult();
            await using var registration = token.Register(() => fired.TrySetResult());
            await Task.Delay(Timeout.Infinite, token);
            return n;
        });

        var call = bus.CallAsync<int>(queue, 1, Long);
        await started.Task;
        await bus.DisposeAsync();

        await Assert.ThrowsAsync<RpcException>(() => call);
        await fired.Task;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_handler_that_runs_long_does_not_disturb_its_caller(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var server = await serving.ServeAsync(queue, async (int n, CancellationToken token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), token); // Longer than it takes the server to ask whether its caller is there.
            return n;
        });

        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, Long));

        Assert.Equal((0, 0, 0), (bus.Statistics.UnknownReplies, bus.Statistics.LateReplies, bus.Statistics.DuplicateReplies));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_nested_call_has_no_more_time_than_the_call_it_serves(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var (outer, inner) = (NewQueue(), NewQueue());
        var innerLeft = new TaskCompletionSource<TimeSpan?>();
        await using var innerServer = await serving.ServeAsync(inner, (int n, CancellationToken _) =>
        {
            innerLeft.TrySetResult(RequestContext.Current!.TimeLeft);
            return n;
        });
        await using var outerServer = await serving.ServeAsync(outer, (int n, CancellationToken token) => serving.CallAsync<int>(inner, n, Long, token));

        Assert.Equal(5, await bus.CallAsync<int>(outer, 5, new CallOptions { Timeout = TimeSpan.FromMinutes(1) }));

        Assert.InRange((await innerLeft.Task)!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Every_instance_answers_ping_info_and_stats(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var queue = NewQueue();
        await using var first = await serving.ServeAsync(queue, (int n) => n, new ServeOptions { Version = "1.2" });
        await using var second = await serving.ServeAsync(queue, (int n) => n, new ServeOptions { Version = "1.2" });
        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, Long));

        foreach (var question in new[] { "ping", "info", "stats" })
        {
            var answers = new List<JsonElement>();
            await foreach (var answer in bus.DiscoverAsync(question, queue, TimeSpan.FromMinutes(5)))
            {
                answers.Add(JsonElement.Parse(answer.Span));
                if (answers.Count == 2)
                    break;
            }
            Assert.All(answers, answer => Assert.Equal((queue, "1.2"), (answer.GetProperty("service").GetString(), answer.GetProperty("version").GetString())));
            Assert.Equal(2, answers.Select(answer => answer.GetProperty("instance").GetString()).Distinct().Count());
            if (question == "stats")
                Assert.Equal(1, answers.Sum(answer => answer.GetProperty("methods").EnumerateArray().Sum(method => method.GetProperty("count").GetInt32())));
        }
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task One_call_is_one_trace(BrokerKind broker)
    {
        var queue = NewQueue();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Warren",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var inner = NewQueue();
        await using var innerServer = await serving.ServeAsync(inner, (int n) => n);
        await using var server = await serving.ServeAsync(queue, (int n, CancellationToken token) => serving.CallAsync<int>(inner, n, Long, token));

        Assert.Equal(3, await bus.CallAsync<int>(queue, 3, Long));

        await UntilAsync(() => Spans().Count >= 4);
        var (client, served) = (One(queue, ActivityKind.Client), One(queue, ActivityKind.Server));
        var (innerClient, innerServed) = (One(inner, ActivityKind.Client), One(inner, ActivityKind.Server));
        Assert.Single(Spans().Select(span => span.TraceId).Distinct());
        Assert.Equal(client.SpanId, served.ParentSpanId);
        Assert.Equal(served.SpanId, innerClient.ParentSpanId);
        Assert.Equal(innerClient.SpanId, innerServed.ParentSpanId);
        Assert.Equal("Ok", client.GetTagItem("rpc.response.status_code"));
        Assert.Null(Activity.Current);

        Activity One(string name, ActivityKind kind) => Assert.Single(Spans(), span => span.OperationName == name && span.Kind == kind);

        List<Activity> Spans()
        {
            lock (spans)
                return spans.Where(span => span.OperationName == queue || span.OperationName == inner).ToList();
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Calls_are_measured_on_both_sides(BrokerKind broker)
    {
        var queue = NewQueue();
        var seen = new List<(string Name, string Status)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == "Warren") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString() ?? "");
            if (all.GetValueOrDefault("rpc.method") != queue)
                return;
            lock (seen)
                seen.Add((instrument.Name, all.GetValueOrDefault("rpc.response.status_code", "")));
        });
        listener.Start();
        await using var bus = await ConnectAsync(broker);
        await using var server = await bus.ServeAsync(queue, (int n) => n > 0 ? n : throw new RpcException(RpcStatus.NotFound, "none"));

        Assert.Equal(1, await bus.CallAsync<int>(queue, 1, Long));
        await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<int>(queue, 0, Long));

        foreach (var expected in new[] { ("rpc.client.call.duration", "Ok"), ("rpc.client.call.duration", "NotFound"), ("rpc.server.call.duration", "Ok"), ("rpc.server.call.duration", "NotFound") })
        {
            await UntilAsync(() =>
            {
                lock (seen)
                    return seen.Contains(expected);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_was_not_executed_is_called_again_within_the_deadline(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewQueue();
        var attempts = new List<int>();
        await using var server = await bus.ServeAsync(queue, (Request request, CancellationToken _) =>
        {
            lock (attempts)
                attempts.Add(RequestContext.Current!.Attempt);
            return attempts.Count < 3 ? throw new RpcException(RpcStatus.Unavailable, "not yet") : Task.FromResult<Payload>("done");
        });
        var retry = new RetryPolicy(firstDelay: TimeSpan.FromMilliseconds(1));

        // What the handler says of itself is "executed": that may not be repeated, whatever the policy.
        await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<string>(queue, "x", Long with { Retry = retry, IsIdempotent = true }));
        Assert.Equal([1], attempts);

        var missing = NewQueue();
        var call = bus.CallAsync<string>(missing, "x", Long with { Retry = new RetryPolicy(maxAttempts: 100, firstDelay: TimeSpan.FromMilliseconds(5), budget: 1000) });
        await using var late = await bus.ServeAsync(missing, (string text) => text + "!");
        Assert.Equal("x!", await call);
    }

    private static string NewQueue() => $"control-{Guid.NewGuid():N}";

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}

[RpcContract(Name = "control.waiting")]
public interface IWaiting
{
    Task<int> Wait(CancellationToken cancellationToken);
}

internal sealed class Waiting : IWaiting
{
    public TaskCompletionSource Started { get; } = new();

    public TaskCompletionSource Fired { get; } = new();

    public async Task<int> Wait(CancellationToken cancellationToken)
    {
        Started.TrySetResult();
        await using var registration = cancellationToken.Register(() => Fired.TrySetResult());
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }
}
