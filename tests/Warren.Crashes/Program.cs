using System.CommandLine;
using System.Diagnostics;
using Warren.Crashes;
using Warren.Crashes.Brokers;
using Warren.Crashes.Loads;
using Warren.Crashes.Stages;

// dotnet run -c Release --project tests/Warren.Crashes
IStage[] all = [new RandomKills(), new CallKills(), new PowerCuts(), new OtherFaults()];
var stage = new Option<string[]>("--stage") { Description = "S1 random kills, S2 kills at system calls, S3 power cuts, S4 other faults of disk and process [default: all]", AllowMultipleArgumentsPerToken = true };
var cycles = new Option<int>("--cycles") { Description = "Random kills", DefaultValueFactory = _ => 300 };
var calls = new Option<int>("--calls") { Description = "Kills at system calls", DefaultValueFactory = _ => 400 };
var cuts = new Option<int>("--cuts") { Description = "Power cuts, and as many during the recovery from them", DefaultValueFactory = _ => 40 };
var seed = new Option<int>("--seed") { Description = "Repeats all choices; moments differ", DefaultValueFactory = _ => Random.Shared.Next() };
var broker = new Option<string>("--broker") { Description = "warren, or rabbitmq (S1 only)", DefaultValueFactory = _ => "warren" };
var client = new Option<string>("--client") { Description = "warren, or rabbitmq: RabbitMQ.Client", DefaultValueFactory = _ => "warren" };
var parallel = new Option<int>("--parallel") { Description = "How many brokers at once", DefaultValueFactory = _ => 2 };
var classicOnly = new Option<bool>("--classic-only") { Description = "No quorum queue" };
var lyingDisk = new Option<bool>("--lying-disk") { Description = "In S3 syncs do nothing: proves that the stage finds what is lost, and has to end with 1" };
var report = new Option<string>("--report") { Description = "Also writes what it prints into this file" };
stage.AcceptOnlyFromAmong([.. all.Select(one => one.Name)]);
broker.AcceptOnlyFromAmong("warren", "rabbitmq");
client.AcceptOnlyFromAmong("warren", "rabbitmq");
var command = new RootCommand("Lets a broker die in many ways, and compares what it keeps with what it promised.") { stage, cycles, calls, cuts, seed, broker, client, parallel, classicOnly, lyingDisk, report };
command.SetAction(async (parsed, stopping) =>
{
    Leftovers.Watch();
    Topology.HasQuorum = !parsed.GetValue(classicOnly);
    var options = new CrashOptions(
        parsed.GetValue(cycles), parsed.GetValue(calls), parsed.GetValue(cuts), parsed.GetValue(seed), parsed.GetValue(broker) == "rabbitmq", parsed.GetValue(client) == "rabbitmq",
        parsed.GetValue(lyingDisk), parsed.GetValue(parallel));
    var started = Stopwatch.GetTimestamp();
    var results = new List<(IStage, StageResult?, string?)>();
    var wanted = parsed.GetValue(stage) is { Length: > 0 } names ? names : [.. all.Select(one => one.Name)];
    foreach (var one in all.Where(one => wanted.Contains(one.Name)))
    {
        var missing = one.Missing(options);
        Console.Error.WriteLine(missing is null ? $"{one.Name}: {one.Title} (seed {options.Seed})" : $"{one.Name} IS SKIPPED: {missing}");
        results.Add((one, missing is null ? await one.RunAsync(options, stopping) : null, missing));
        stopping.ThrowIfCancellationRequested();
    }
    var text = CrashReport.Write(results, options, CommandLine(options.Seed), Stopwatch.GetElapsedTime(started), DateTimeOffset.UtcNow);
    Console.Write(text);
    if (parsed.GetValue(report) is { } file)
        await File.WriteAllTextAsync(file, text, CancellationToken.None);
    return results.TrueForAll(static one => one.Item2?.Findings.IsClean ?? true) ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();

// With the seed, given or not; without the names of files.
string CommandLine(int seedUsed)
{
    var given = new List<string>();
    for (var i = 0; i < args.Length; i++)
    {
        if (args[i] is "--seed" or "--report")
            i++;
        else
            given.Add(args[i]);
    }
    return string.Join(' ', ["dotnet run -c Release --project tests/Warren.Crashes --", .. given, $"--seed {seedUsed}"]);
}
