using System.Diagnostics;
using System.Globalization;
using Warren.Cli.Measure;

namespace Warren.Cli.Demo;

/// <summary>Calls that succeed, calls that fail as they should, and how long each takes.</summary>
internal static class Calls
{
    private const int Many = 2000;
    private const int InFlight = 64;

    public static async Task PlayAsync(Stage stage, Bus client, string queue, CancellationToken stopping)
    {
        stage.Chapter("Calls: client -> broker -> server -> broker -> client");
        foreach (var n in (int[])[10, 20, 30])
            await SucceedAsync(stage, client, queue, n, n == 10 ? "   (the first call: reply queue, server looked up, code compiled)" : "", stopping);
        await OneByOneAsync(stage, client, queue, stopping);
        await TogetherAsync(stage, client, queue, stopping);

        stage.Chapter("Calls that go wrong: the caller knows at once, and knows what");
        await FailAsync(stage, "a bad argument", RpcStatus.InvalidArgument, () => client.CallAsync<long>(queue, "abc", cancellationToken: stopping));
        await FailAsync(stage, "no such queue", RpcStatus.Unavailable, () => client.CallAsync<long>("no_such_queue", 30, cancellationToken: stopping));
    }

    private static async Task SucceedAsync(Stage stage, Bus client, string queue, int n, string remark, CancellationToken stopping)
    {
        var start = Stopwatch.GetTimestamp();
        var answer = await client.CallAsync<long>(queue, n, cancellationToken: stopping);
        stage.Line($"fib({n})", Stopwatch.GetElapsedTime(start), $"= {answer}{remark}");
    }

    private static async Task OneByOneAsync(Stage stage, Bus client, string queue, CancellationToken stopping)
    {
        var latencies = new LatencyHistogram();
        for (var i = 0; i < Many; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.CallAsync<long>(queue, 30, cancellationToken: stopping);
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }
        stage.Line("one at a time", TimeSpan.FromMicroseconds(latencies.QuantileMicroseconds(0.5)), string.Create(CultureInfo.InvariantCulture, $"median of {Many:N0} calls"));
    }

    private static async Task TogetherAsync(Stage stage, Bus client, string queue, CancellationToken stopping)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (var i = 0; i < Many / InFlight; i++)
                await client.CallAsync<long>(queue, 30, cancellationToken: stopping);
        }));
        var elapsed = Stopwatch.GetElapsedTime(start);
        var calls = Many / InFlight * InFlight;
        stage.Line($"{InFlight} in flight", elapsed, string.Create(CultureInfo.InvariantCulture, $"for {calls:N0} calls: {calls / elapsed.TotalSeconds:N0} calls/s"));
    }

    private static async Task FailAsync(Stage stage, string name, RpcStatus expected, Func<Task> call)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await call();
            throw new UnreachableException($"{name}: the call succeeded");
        }
        catch (RpcException e) when (e.Status == expected)
        {
            stage.Line(name, Stopwatch.GetElapsedTime(start), e.Message);
        }
    }
}
