namespace Warren.Bench.Compare;

/// <summary>
/// One run: every broker and every process is started once and warmed up, then the rounds measure each pair in turn, so that
/// what the machine does meanwhile falls on all of them alike.
/// </summary>
internal static class Comparison
{
    public static async Task<Results> RunAsync(IReadOnlyList<Pair> pairs, int rounds, double seconds, double warmUpSeconds, string root)
    {
        var brokers = new Dictionary<string, Broker>();
        var running = new List<PairProcesses>();
        try
        {
            foreach (var pair in pairs)
            {
                Progress($"starting {pair}");
                if (!brokers.ContainsKey(pair.Broker)) brokers[pair.Broker] = await Broker.StartAsync(pair.Broker, root);
                var processes = await PairProcesses.StartAsync(pair, brokers[pair.Broker].Uri);
                running.Add(processes);
                Progress($"warming up {pair}");
                await processes.WarmUpAsync(warmUpSeconds);
            }

            var results = new Results(pairs, [.. brokers.Values.Select(broker => broker.Description)]);
            for (var round = 1; round <= rounds; round++) await MeasureRoundAsync(round, rounds, running, seconds, results);
            return results;
        }
        finally
        {
            foreach (var processes in running) await processes.DisposeAsync();
            foreach (var broker in brokers.Values) await broker.DisposeAsync();
        }
    }

    private static async Task MeasureRoundAsync(int round, int rounds, List<PairProcesses> running, double seconds, Results results)
    {
        foreach (var inFlight in CallLevels.All)
        {
            foreach (var processes in running.Where(processes => processes.Carries(inFlight)))
            {
                var figures = await processes.CallAsync(inFlight, seconds);
                results.Add(processes.Pair, inFlight, figures);
                Progress($"round {round} of {rounds}, {inFlight,3} in flight, {processes.Pair,-32} {figures.CallsPerSecond,10:N0} calls/s {figures.MedianMicroseconds,9:N1} us");
            }
        }

        foreach (var processes in running.Where(processes => processes.HasMessages))
        {
            var perSecond = await processes.MessagesPerSecondAsync(seconds);
            results.Add(processes.Pair, perSecond);
            Progress($"round {round} of {rounds}, publish -> consume, {processes.Pair,-29} {perSecond,10:N0} messages/s");
        }
    }

    private static void Progress(string line) => Console.Error.WriteLine(line);
}
