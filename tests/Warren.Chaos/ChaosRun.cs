using System.Diagnostics;
using Warren.Client;

namespace Warren.Chaos;

/// <summary>
/// Calls without pause while connections, servers and brokers break, and then the question whether what callers were told is what happened.
/// </summary>
internal sealed class ChaosRun(IBrokerUnderTest broker, ChaosOptions options)
{
    // An application that is told that its call was not executed does not try the next one at once.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    // In Fast mode, where a call may fail: so that deadlines are met, and not only waited for.
    private static readonly TimeSpan Impatience = TimeSpan.FromMilliseconds(100);
    private const int OneImpatientIn = 20;

    private readonly CallLedger _calls = new(options.Calls);
    private readonly ChaosReport _report = new(broker, options);

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
        BusStatistics statistics;
        try
        {
            await using (bus)
            {
                await UntilServedAsync(bus, servers.Length);
                var calling = CallAllAsync(bus);
                await BreakAsync(new FaultTable(new Random(options.Seed), options.Mode, broker, clientProxy, serverProxy, servers, calling));
                await calling;
                statistics = bus.Statistics; // Before the bus closes, which empties the pending map.
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
        var took = Stopwatch.GetElapsedTime(started);
        await broker.EndAsync();
        ledger.Index();
        var effects = ledger.Read(options.Calls);
        var wrong = Contradictions(effects, ledger.Count(), statistics).ToList();
        var report = _report.Write(_calls, effects, statistics, took, DateTimeOffset.UtcNow, wrong);
        Console.WriteLine(report);
        if (options.Report is { } to)
            await File.WriteAllTextAsync(to, report);
        folder.Delete(recursive: true);
        return wrong.Count == 0;
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

    private async Task CallAllAsync(Bus bus)
    {
        var patient = new CallOptions { Mode = options.Mode, WaitForServer = true, Timeout = options.Timeout };
        var ledger = bus.Client<ILedger>(patient);
        var impatient = bus.Client<ILedger>(patient with { Timeout = Impatience });
        var next = -1L;
        await Task.WhenAll(Enumerable.Range(0, options.InFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < options.Calls)
            {
                if (options.Mode == CallMode.Fast && number % OneImpatientIn == 0)
                    await CallAsync(impatient, number, Impatience);
                else
                    await CallAsync(ledger, number, options.Timeout);
            }
        })));
    }

    private async Task CallAsync(ILedger ledger, long number, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        var failed = false;
        try
        {
            _calls.Answered(number, await ledger.Write(number));
        }
        catch (RpcException e)
        {
            failed = true;
            _calls.Failed(number, e);
        }
        var late = Stopwatch.GetElapsedTime(started) - timeout;
        if (late > TimeSpan.Zero)
            _calls.Late((long)(late.TotalSeconds * Stopwatch.Frequency));
        if (failed)
            await Task.Delay(PauseAfterFailure);
    }

    // Spread over the calls, not over the time, so that each one meets calls under way.
    private async Task BreakAsync(FaultTable faults)
    {
        for (var number = 0; number < options.Faults; number++)
        {
            // Not before the first calls: a RabbitMQ that is killed in the moment of a quorum queue's declaration may leave it without a leader for ever.
            var at = (long)options.Calls * (number + 1) / (options.Faults + 1);
            while (_calls.Ended < at)
                await Task.Delay(5);
            var fault = faults.Next();
            if (options.Verbose)
                Console.WriteLine($"  {_calls.Ended,7:N0}  {fault.Name}");
            _report.Happened(await fault.Happen() ? fault.Name : $"({fault.Name}: no call was left to come there)");
        }
    }

    private IEnumerable<string> Contradictions(Dictionary<long, int> effects, long lines, BusStatistics statistics)
    {
        foreach (var contradiction in _calls.Contradictions(effects, options.Mode))
            yield return contradiction;
        if (lines != effects.Values.Sum())
            yield return $"{lines - effects.Values.Sum()} effects belong to no call";
        if (options.Mode == CallMode.Safe && (effects.Count != options.Calls || lines != options.Calls))
            yield return $"{options.Calls} calls in Safe mode had {lines} effects, under {effects.Count} distinct ids";
        if (_calls.Ended != options.Calls)
            yield return $"{options.Calls - _calls.Ended} calls have not ended";
        if (_calls.Wrong > 0)
            yield return $"{_calls.Wrong} calls got the reply of another";
        if (_calls.WorstLateness > ChaosReport.Tolerance)
            yield return $"a call outlived its deadline by {_calls.WorstLateness.TotalMilliseconds:0} ms";
        if (statistics.PendingCalls != 0)
            yield return $"{statistics.PendingCalls} calls are left in the pending map";
        foreach (var complaint in broker.Complaints)
            yield return $"{broker.Name} said: {complaint}";
    }
}
