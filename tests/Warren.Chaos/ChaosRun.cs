using System.Diagnostics;
using Warren.Client;

namespace Warren.Chaos;

/// <summary>
/// Calls without pause while connections, servers and brokers break, and then the question whether what callers were told is what happened.
/// </summary>
internal sealed class ChaosRun(IBrokerUnderTest broker, ChaosOptions options)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(options.Seed);
    private readonly CallLedger _calls = new(options.Calls);
    private readonly Dictionary<string, int> _faults = [];

    /// <summary>Runs, prints, and returns whether everything is as promised.</summary>
    public async Task<bool> RunAsync()
    {
        Console.WriteLine($"{options.Calls:N0} calls in {options.Mode} mode on {broker.Name}, {options.Faults} faults, seed {options.Seed}");
        var folder = Directory.CreateTempSubdirectory("warren-chaos-");
        var file = Path.Combine(folder.FullName, "ledger.db");
        using var ledger = new Ledger(file);
        await using var clientProxy = new ChaosProxy(broker.Nodes);
        await using var serverProxy = new ChaosProxy(broker.Nodes);
        var servers = Enumerable.Range(0, 2).Select(_ => new ServerProcess(serverProxy.Uri, file, "")).ToArray();
        var started = Stopwatch.GetTimestamp();
        var bus = await Bus.ConnectAsync(clientProxy.Uri, new BusOptions { CallTimeout = options.Timeout });
        try
        {
            await using (bus)
            {
                await UntilServedAsync(bus, servers.Length);
                var breaking = BreakAsync(clientProxy, serverProxy, servers);
                await CallAllAsync(bus.Client<ILedger>(new CallOptions { Mode = options.Mode, WaitForServer = true }));
                await breaking;
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
        var took = Stopwatch.GetElapsedTime(started);
        ledger.Index();
        var fine = Report(ledger.Read(options.Calls), bus.Statistics, took);
        folder.Delete(recursive: true);
        return fine;
    }

    // A contract that nobody has ever served has no queue, and calls to it fail at once, as they should.
    private static async Task UntilServedAsync(Bus bus, int servers)
    {
        for (var answers = 0; answers < servers;)
        {
            answers = 0;
            try
            {
                await foreach (var _ in bus.DiscoverAsync(service: RpcContract<ILedger>.Get().Name, within: TimeSpan.FromMilliseconds(300)))
                    answers++;
            }
            catch (RpcException)
            {
                // A broker that has just started may take longer than that to take the question.
            }
        }
    }

    private async Task CallAllAsync(ILedger ledger)
    {
        var next = -1L;
        await Task.WhenAll(Enumerable.Range(0, options.InFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < options.Calls)
                await CallAsync(ledger, number);
        })));
    }

    private async Task CallAsync(ILedger ledger, long number)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            _calls.Answered(number, await ledger.Write(number));
        }
        catch (RpcException e)
        {
            _calls.Failed(number, e);
        }
        var late = Stopwatch.GetElapsedTime(started) - options.Timeout;
        if (late > TimeSpan.Zero)
            _calls.Late((long)(late.TotalSeconds * Stopwatch.Frequency));
    }

    // Spread over the calls, not over the time, so that each one meets calls under way.
    private async Task BreakAsync(ChaosProxy client, ChaosProxy server, ServerProcess[] servers)
    {
        for (var fault = 0; fault < options.Faults; fault++)
        {
            // Not before the first calls: a RabbitMQ that is killed in the moment of a quorum queue's declaration may leave it without a leader for ever.
            var at = (long)options.Calls * (fault + 1) / (options.Faults + 1);
            while (_calls.Ended < at)
                await Task.Delay(5);
            var (name, happen) = Pick(client, server, servers);
            _faults[name] = _faults.GetValueOrDefault(name) + 1;
            if (options.Verbose)
                Console.WriteLine($"  {_calls.Ended,7:N0}  {name}");
            await happen();
        }
    }

    private (string Name, Func<Task> Happen) Pick(ChaosProxy client, ChaosProxy server, ServerProcess[] servers)
    {
        var (proxy, who) = _random.Next(2) == 0 ? (client, "client") : (server, "server");
        var fromBroker = _random.Next(2) == 0;
        var octets = _random.Next(1, 4000);
        var pause = TimeSpan.FromMilliseconds(_random.Next(1, 200));
        var victim = servers[_random.Next(servers.Length)];
        switch (_random.Next(10 + broker.Faults.Count))
        {
            case 0 or 1: return ($"{who}s cut", () => Done(proxy.Cut));
            case 2 or 3: return ($"{who}s cut in the middle of a frame", () => Done(() => proxy.CutAfter(fromBroker, octets)));
            case 4 or 5: return ($"{who}s: what {(fromBroker ? "the broker" : "they")} said was lost, then cut", () => proxy.SwallowAndCutAsync(fromBroker, pause));
            case 6: return ($"{who}s stalled", () => proxy.StallAsync(pause));
            case 7 or 8: return ("server killed", victim.KillAsync);
            case 9: return ("server restarted in order", victim.RestartAsync);
            case var own: return broker.Faults[own - 10];
        }

        static Task Done(Action act)
        {
            act();
            return Task.CompletedTask;
        }
    }

    private bool Report(Dictionary<long, int> effects, BusStatistics statistics, TimeSpan took)
    {
        foreach (var (name, count) in _faults.OrderBy(fault => fault.Key, StringComparer.Ordinal))
            Console.WriteLine($"  {count,5}  {name}");
        foreach (var (end, count) in _calls.Ends())
            Console.WriteLine($"  {count,7:N0}  {end}");
        Console.WriteLine($"  {effects.Count:N0} calls had an effect, {effects.Values.Sum():N0} effects in all; {statistics.Reconnects} reconnects, {statistics.LateReplies} late and {statistics.DuplicateReplies} duplicate replies dropped");
        Console.WriteLine($"  worst lateness {_calls.WorstLateness.TotalMilliseconds:0.0} ms, {statistics.PendingCalls} calls left in the pending map, {took.TotalSeconds:0} s");
        var wrong = _calls.Contradictions(effects, options.Mode).ToList();
        if (_calls.Wrong > 0)
            wrong.Add($"{_calls.Wrong} calls got the reply of another");
        if (_calls.WorstLateness > Tolerance)
            wrong.Add($"a call outlived its deadline by {_calls.WorstLateness.TotalMilliseconds:0} ms");
        if (statistics.PendingCalls != 0)
            wrong.Add($"{statistics.PendingCalls} calls are left in the pending map");
        foreach (var line in wrong.Take(20))
            Console.WriteLine($"  WRONG: {line}");
        Console.WriteLine(wrong.Count == 0 ? "as promised" : $"{wrong.Count} contradictions (seed {options.Seed})");
        return wrong.Count == 0;
    }
}

/// <summary>What a run does.</summary>
internal sealed record ChaosOptions(CallMode Mode, int Calls, int Faults, int InFlight, TimeSpan Timeout, int Seed, bool Verbose);
