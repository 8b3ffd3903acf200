using System.CommandLine;
using System.Text.RegularExpressions;
using Warren.Broker;
using Warren.Differential;
using Warren.Engine;

// tests/rabbitmq/rabbitmq.sh run dotnet run -c Release --project tests/Warren.Differential -- --scripts 10000
var scripts = new Option<int>("--scripts") { Description = "How many random scripts", DefaultValueFactory = _ => 1000 };
var seed = new Option<int>("--seed") { Description = "The seed of the first; the next ones follow", DefaultValueFactory = _ => Random.Shared.Next(1_000_000_000) };
var file = new Option<string>("--file") { Description = "Runs the script in this file instead" };
var most = new Option<int>("--stop-after") { Description = "Stops after so many differences", DefaultValueFactory = _ => 20 };
var ignored = new Option<string>("--ignore") { Description = "Passes over differences whose step or answers match this pattern" };
var rabbitMq = new Option<string>("--rabbitmq") { Description = "RabbitMQ 3.10.8's URI", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://127.0.0.1:5672" };
var command = new RootCommand("The same scripts against Warren, as RabbitMQ 3.10, and against RabbitMQ: clients have to see the same.") { scripts, seed, file, most, ignored, rabbitMq };
command.SetAction(async parsed =>
{
    await using var warren = await WarrenBroker.StartAsync(new BrokerOptions { Profile = Profile.V310 });
    using var comparison = new Comparison(warren.Uri, new Uri(parsed.GetValue(rabbitMq)!))
    {
        ReplaceVirtualHost = Environment.GetEnvironmentVariable("WARREN_CONTROL") is { } control ? (name, old) => VirtualHostPair.Replace(warren, control, name, old) : null,
    };
    if (parsed.GetValue(file) is { } path)
    {
        var difference = comparison.Run(Script.Parse(await File.ReadAllTextAsync(path)));
        Console.WriteLine(difference?.ToString() ?? "No difference.");
        return difference is null ? 0 : 1;
    }
    var run = new DifferentialRun(comparison) { MostFound = parsed.GetValue(most), Say = Console.WriteLine, Ignored = parsed.GetValue(ignored) is { } pattern ? new Regex(pattern) : null };
    Console.WriteLine($"seed {parsed.GetValue(seed)}");
    run.Run(parsed.GetValue(seed), parsed.GetValue(scripts));
    Console.WriteLine(run);
    return run.Found.Count == 0 ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
