using System.CommandLine;
using Warren;
using Warren.Chaos;
using Warren.Crashes.Brokers;

// dotnet run -c Release --project tests/Warren.Chaos -- --broker rabbitmq
if (args is ["server", var uri, var file, _])
{
    await ServerProcess.RunAsync(uri, file);
    return 0;
}

var broker = new Option<string>("--broker") { Description = "warren (in this process), warren-kept (with its journal, a process of its own, which is killed), rabbitmq, or cluster (three nodes of RabbitMQ)", DefaultValueFactory = _ => "warren" };
var mode = new Option<CallMode>("--mode") { Description = "How calls are made", DefaultValueFactory = _ => CallMode.Safe };
var calls = new Option<int>("--calls") { Description = "How many calls", DefaultValueFactory = _ => 100_000 };
var faults = new Option<int>("--faults") { Description = "How many faults", DefaultValueFactory = _ => 100 };
var inFlight = new Option<int>("--in-flight") { Description = "Calls at once", DefaultValueFactory = _ => 64 };
var timeout = new Option<int?>("--timeout") { Description = "A call's deadline, in seconds [default: 60 in Safe mode, where no call may reach it; 2 in Fast mode, where some do]" };
var seed = new Option<int>("--seed") { Description = "Repeats the choice of faults", DefaultValueFactory = _ => Random.Shared.Next() };
var verbose = new Option<bool>("--verbose") { Description = "Prints each fault when it happens, and how many calls had ended then" };
var report = new Option<string>("--report") { Description = "Also writes what it prints into this file" };
broker.AcceptOnlyFromAmong("warren", "warren-kept", "rabbitmq", "cluster");
var command = new RootCommand("Calls against random faults: what callers are told has to be what happened.") { broker, mode, calls, faults, inFlight, timeout, seed, verbose, report };
command.SetAction(async parsed =>
{
    Leftovers.Watch();
    var chosen = parsed.GetValue(mode);
    var options = new ChaosOptions(
        chosen, parsed.GetValue(calls), parsed.GetValue(faults), parsed.GetValue(inFlight), TimeSpan.FromSeconds(parsed.GetValue(timeout) ?? (chosen == CallMode.Safe ? 60 : 2)),
        parsed.GetValue(seed), parsed.GetValue(verbose), CommandLine(parsed.GetValue(seed)), parsed.GetValue(report));
    var data = Leftovers.NewFolder();
    await using IBrokerUnderTest under = parsed.GetValue(broker) switch
    {
        "warren" => await WarrenUnderTest.StartAsync(),
        "warren-kept" => await KeptWarrenUnderTest.StartAsync(data, new Random(options.Seed)),
        "rabbitmq" => await RabbitMqUnderTest.StartAsync(data),
        _ => await ClusterUnderTest.StartAsync(),
    };
    return await new ChaosRun(under, options).RunAsync() ? 0 : 1;
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
    return string.Join(' ', ["dotnet run -c Release --project tests/Warren.Chaos --", .. given, $"--seed {seedUsed}"]);
}
