using System.CommandLine;
using System.Globalization;
using Warren.Bench.Backlog;
using Warren.Bench.Compare;
using Warren.Bench.Durable;
using Warren.Bench.Peers;
using Warren.Bench.Pressure;
using Warren.Bench.Roles;
using Warren.Bench.Routing;
using Warren.Bench.Scale;
using Warren.Bench.Store;

// The processes that the comparison starts are this same program in a role.
switch (args)
{
    case ["relay"]:
        Relay.Run();
        return 0;
    case ["role", var role, var peer, var uri]:
        await Role.RunAsync(role, PeerList.Find(peer), new Uri(uri));
        return 0;
    case ["durable-role", var role, var peer, var uri, var queue, var type]:
        await DurableRole.RunAsync(role, peer, new Uri(uri), new DurableQueue(queue, type));
        return 0;
}

var pairsOption = new Option<string[]>("--pairs")
{
    Description = "What to compare: peer@broker, where the broker is relay, rabbitmq, warren or an amqp:// URI",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [.. Pair.Default.Select(pair => $"{pair.Peer}@{pair.Broker}")],
};
var roundsOption = new Option<int>("--rounds") { Description = "Interleaved rounds", DefaultValueFactory = _ => 5 };
var secondsOption = new Option<double>("--seconds") { Description = "Length of one measurement", DefaultValueFactory = _ => 2 };
var quickOption = new Option<bool>("--quick") { Description = "Two short rounds that show that it runs; nothing is written to bench/results/" };
var command = new RootCommand("Calls and messages through Warren and its peers, measured in one interleaved run.")
{
    pairsOption, roundsOption, secondsOption, quickOption,
};

command.SetAction(async result =>
{
    var quick = result.GetValue(quickOption);
    var rounds = quick ? 2 : result.GetValue(roundsOption);
    var seconds = quick ? 0.5 : result.GetValue(secondsOption);
    var pairs = result.GetValue(pairsOption)!.Select(Pair.Parse).ToArray();
    var root = FindRoot();

    var results = await Comparison.RunAsync(pairs, rounds, seconds, warmUpSeconds: quick ? 0.5 : 3, root);

    var date = DateTimeOffset.UtcNow;
    var report = Report.Write(results, CommandLine(), date, rounds, seconds);
    Console.WriteLine(report);
    if (quick) return;
    await WriteAsync("calls", report, date);
});

var connectionsOption = new Option<int>("--connections") { Description = "Idle connections, each with a channel", DefaultValueFactory = _ => 10_000 };
var queuesOption = new Option<int>("--queues") { Description = "Queues, all on one connection", DefaultValueFactory = _ => 100_000 };
var scale = new Command("scale", "Memory of idle connections, channels and queues in Warren's broker. Needs 'ulimit -n' above the connections.")
{
    connectionsOption, queuesOption,
};
scale.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var report = await ScaleRun.RunAsync(
        FindRoot(), result.GetValue(connectionsOption), result.GetValue(queuesOption), CommandLine(), date);
    Console.WriteLine(report);
    await WriteAsync("scale", report, date);
});
command.Subcommands.Add(scale);

var topicOption = new Option<int>("--topic") { Description = "Bindings of the topic exchanges", DefaultValueFactory = _ => 100_000 };
var headersOption = new Option<int>("--headers") { Description = "Bindings of the headers exchange", DefaultValueFactory = _ => 10_000 };
var brokersOption = new Option<string[]>("--brokers") { Description = "warren, rabbitmq or an amqp:// URI", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["warren", "rabbitmq"] };
var routing = new Command("routing", "What finding one binding among many costs a broker.") { topicOption, headersOption, brokersOption };
routing.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var report = await RoutingRun.RunAsync(
        FindRoot(), result.GetValue(topicOption), result.GetValue(headersOption), result.GetValue(brokersOption)!, CommandLine(), date);
    Console.WriteLine(report);
    await WriteAsync("routing", report, date);
});
command.Subcommands.Add(routing);

var halfOpenOption = new Option<int>("--half-open") { Description = "Connections that do not log in", DefaultValueFactory = _ => 5000 };
var loginsOption = new Option<int>("--logins") { Description = "Refused logins of a user who exists, and as many of one who does not", DefaultValueFactory = _ => 1000 };
var deafOption = new Option<int>("--deaf-mib") { Description = "MiB in the queue of a consumer that never reads", DefaultValueFactory = _ => 1024 };
var operationsOption = new Option<int>("--operations") { Description = "Declares, binds, unbinds and deletes, and as many gets, of one client", DefaultValueFactory = _ => 1_000_000 };
var pressure = new Command("pressure", "What Warren's broker holds, and how its clients fare, while others behave badly. Linux only; needs 'ulimit -n' above the connections.")
{
    halfOpenOption, loginsOption, deafOption, operationsOption,
};
pressure.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var report = await PressureRun.RunAsync(
        FindRoot(), result.GetValue(halfOpenOption), result.GetValue(loginsOption), result.GetValue(deafOption), result.GetValue(operationsOption), CommandLine(), date);
    Console.WriteLine(report);
    await WriteAsync("pressure", report, date);
});
command.Subcommands.Add(pressure);

var folderOption = new Option<string>("--folder") { Description = "Where brokers keep their data meanwhile: a folder on a disk", DefaultValueFactory = _ => Path.GetTempPath() };
var callsOption = new Option<bool>("--syscalls") { Description = "Only counts the broker's system calls, under strace: shows that confirms wait for the disk" };
var messagesOption = new Option<int>("--messages") { Description = "Messages of a load under strace", DefaultValueFactory = _ => 100_000 };
var durable = new Command("durable", "Persistent messages through a durable queue, and single confirms against a bare write and fdatasync, on Warren and on RabbitMQ. Linux only.")
{
    roundsOption, secondsOption, quickOption, folderOption, callsOption, messagesOption,
};
durable.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var folder = result.GetValue(folderOption)!;
    var quick = result.GetValue(quickOption);
    var report = result.GetValue(callsOption)
        ? await SystemCalls.RunAsync(FindRoot(), folder, quick ? 10_000 : result.GetValue(messagesOption), CommandLine(), date)
        : await DurableRun.RunAsync(
            FindRoot(), folder, quick ? 2 : result.GetValue(roundsOption), quick ? 0.5 : result.GetValue(secondsOption), warmUpSeconds: quick ? 0.5 : 2, CommandLine(), date);
    Console.WriteLine(report);
    if (!quick) await WriteAsync(result.GetValue(callsOption) ? "durable-syscalls" : "durable", report, date);
});
command.Subcommands.Add(durable);

var storedOption = new Option<int>("--messages") { Description = "Messages in the folder", DefaultValueFactory = _ => 1_000_000 };
var durableQueuesOption = new Option<int>("--queues") { Description = "Durable queues in the folder", DefaultValueFactory = _ => 100_000 };
var store = new Command("store", "How long Warren's broker takes to start on a folder with much in it. Linux only.") { storedOption, durableQueuesOption, roundsOption, quickOption, folderOption };
store.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var quick = result.GetValue(quickOption);
    var report = await StoreRun.RunAsync(
        FindRoot(), result.GetValue(folderOption)!, result.GetValue(storedOption), result.GetValue(durableQueuesOption), quick ? 1 : result.GetValue(roundsOption), CommandLine(), date);
    Console.WriteLine(report);
    if (!quick) await WriteAsync("store", report, date);
});
command.Subcommands.Add(store);

var gibOption = new Option<int>("--gib") { Description = "GiB of messages in the queue", DefaultValueFactory = _ => 10 };
var limitOption = new Option<string>("--memory-limit") { Description = "The broker's memory limit", DefaultValueFactory = _ => "1GiB" };
var backlog = new Command("backlog", "Memory of Warren's broker while a queue grows far beyond its limit, after kill -9, and while it is emptied. Linux only; needs a little more than the GiB on the disk.")
{
    gibOption, limitOption, folderOption, quickOption,
};
backlog.SetAction(async result =>
{
    var date = DateTimeOffset.UtcNow;
    var quick = result.GetValue(quickOption);
    var report = await BacklogRun.RunAsync(FindRoot(), result.GetValue(folderOption)!, quick ? 1 : result.GetValue(gibOption), result.GetValue(limitOption)!, CommandLine(), date);
    Console.WriteLine(report);
    if (!quick) await WriteAsync("backlog", report, date);
});
command.Subcommands.Add(backlog);

return await command.Parse(args).InvokeAsync();

string CommandLine() => $"dotnet run -c Release --project bench/Warren.Bench -- {string.Join(' ', args)}".TrimEnd(' ', '-');

static async Task WriteAsync(string kind, string report, DateTimeOffset date)
{
    var root = FindRoot();
    var folder = Directory.CreateDirectory(Path.Combine(root, "bench", "results"));
    var file = Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{kind}-{date:yyyy-MM-dd-HHmm}.md"));
    await File.WriteAllTextAsync(file, report);
    Console.Error.WriteLine($"written to {Path.GetRelativePath(root, file)}");
}

static string FindRoot()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "Warren.slnx"))) return folder.FullName;
    }

    throw new DirectoryNotFoundException("Run it from a checkout of the project: it starts brokers from there.");
}
