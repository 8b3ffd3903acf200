using System.CommandLine;
using Warren.Fuzz;

// dotnet run -c Release --project tests/Warren.Fuzz -- --target T2 --seconds 60
if (args is ["shard", _, ..]) // What the program starts itself as.
    return new Shard(Named(args[1])!, ShardOptions.Of(args.AsSpan(2))).Run();
if (args is ["cut", _, _, _])
    return Cutting.Run(Named(args[1])!, args[2], args[3]);
var target = new Option<string?>("--target") { Description = "T1 decoder (this without the option), T2 whole connection, T5 routing" };
var seconds = new Option<double>("--seconds") { Description = "For how long", DefaultValueFactory = _ => 60 };
var hours = new Option<double>("--hours") { Description = "For how long, instead of --seconds" };
var inputs = new Option<long>("--inputs") { Description = "At most so many inputs", DefaultValueFactory = _ => long.MaxValue };
var shards = new Option<int>("--shards") { Description = "In so many processes", DefaultValueFactory = _ => Environment.ProcessorCount };
var seed = new Option<int>("--seed") { Description = "What the inputs follow from", DefaultValueFactory = _ => Random.Shared.Next(1_000_000_000) };
var feedback = new Option<Feedback>("--feedback") { Description = "Which inputs are kept and changed further", DefaultValueFactory = _ => Feedback.Coverage };
var keep = new Option<string?>("--keep") { Description = "The folder for the inputs that are kept, for minimise" };
var findings = new Option<string>("--findings") { Description = "The folder for what is found", DefaultValueFactory = _ => "." };
var replay = new Option<string?>("--replay") { Description = "Runs the input in this file instead; its name begins with the target's" };
var command = new RootCommand("Feeds Warren with inputs that nobody would send. What breaks a promise, or the process, is written to a file.")
{
    target, seconds, hours, inputs, shards, seed, feedback, keep, findings, replay,
};
command.SetAction(parsed =>
{
    var file = parsed.GetValue(replay);
    var name = parsed.GetValue(target) ?? (file is null ? "T1" : Path.GetFileName(file).Split('-')[0]);
    if (Named(name) is not { } chosen)
        return 64;
    if (parsed.GetValue(shards) < 1 || parsed.GetValue(inputs) < 1)
    {
        Console.Error.WriteLine("--shards and --inputs are at least 1.");
        return 64;
    }
    if (file is not null)
        return Shard.OnShortStack(() => Replay(chosen, file));
    var length = parsed.GetValue(hours) is > 0 and var long_ ? TimeSpan.FromHours(long_) : TimeSpan.FromSeconds(parsed.GetValue(seconds));
    return new FuzzRun(chosen, new FuzzRunOptions(
        parsed.GetValue(seed), length, parsed.GetValue(inputs), parsed.GetValue(shards), parsed.GetValue(feedback), parsed.GetValue(keep), parsed.GetValue(findings)!)).Run();
});

var from = new Argument<string>("folder") { Description = "What --keep wrote" };
var to = new Option<string?>("--to") { Description = "The file to write; tests/Warren.Fuzz/corpus/T2.txt and its like without the option" };
var minimise = new Command("minimise", "Writes the fewest and shortest inputs that reach what the folder and the corpus reach.") { from, target, to };
minimise.SetAction(parsed =>
{
    var name = parsed.GetValue(target) ?? "T1";
    return Named(name) is null ? 64 : Cutting.InCopy(name, parsed.GetValue(to) ?? $"tests/Warren.Fuzz/corpus/{name}.txt", parsed.GetValue(from)!);
});
command.Subcommands.Add(minimise);
return await command.Parse(args).InvokeAsync();

static ITarget? Named(string name)
{
    var chosen = FuzzLoop.Targets.FirstOrDefault(one => one.Name == name);
    if (chosen is null)
        Console.Error.WriteLine($"--target is '{name}'; write {string.Join(", ", FuzzLoop.Targets.Select(one => one.Name))}");
    return chosen;
}

static int Replay(ITarget target, string file)
{
    new FuzzLoop(target, 0) { IsTimed = true }.RunOne(Hex.Read(File.ReadAllText(file)));
    Console.WriteLine($"{target.Name}: no promise is broken");
    return 0;
}
