using System.CommandLine;
using Warren;
using Warren.Chaos;

// dotnet run -c Release --project tests/Warren.Chaos -- --broker rabbitmq
if (args is ["server", var uri, var file, _])
{
    await ServerProcess.RunAsync(uri, file);
    return 0;
}

var broker = new Option<string>("--broker") { Description = "warren, rabbitmq, or cluster (three nodes of RabbitMQ)", DefaultValueFactory = _ => "warren" };
var mode = new Option<CallMode>("--mode") { Description = "How calls are made", DefaultValueFactory = _ => CallMode.Safe };
var calls = new Option<int>("--calls") { Description = "How many calls", DefaultValueFactory = _ => 100_000 };
var faults = new Option<int>("--faults") { Description = "How many faults", DefaultValueFactory = _ => 100 };
var inFlight = new Option<int>("--in-flight") { Description = "Calls at once", DefaultValueFactory = _ => 64 };
var timeout = new Option<int>("--timeout") { Description = "A call's deadline, in seconds", DefaultValueFactory = _ => 60 };
var seed = new Option<int>("--seed") { Description = "Repeats the choice of faults", DefaultValueFactory = _ => Random.Shared.Next() };
broker.AcceptOnlyFromAmong("warren", "rabbitmq", "cluster");
var command = new RootCommand("Calls against random faults: what callers are told has to be what happened.") { broker, mode, calls, faults, inFlight, timeout, seed };
command.SetAction(async parsed =>
{
    var options = new ChaosOptions(
        parsed.GetValue(mode), parsed.GetValue(calls), parsed.GetValue(faults), parsed.GetValue(inFlight), TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(seed));
    var data = Directory.CreateTempSubdirectory("warren-chaos-broker-");
    await using IBrokerUnderTest under = parsed.GetValue(broker) switch
    {
        "warren" => await WarrenUnderTest.StartAsync(),
        "rabbitmq" => await RabbitMqUnderTest.StartAsync(data.FullName),
        _ => await ClusterUnderTest.StartAsync(),
    };
    return await new ChaosRun(under, options).RunAsync() ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
