using System.CommandLine;
using Warren.Simulation;

// dotnet run -c Release --project tests/Warren.Simulation -- --count 50000
var count = new Option<long>("--count") { Description = "How many schedules", DefaultValueFactory = _ => 50_000 };
var seed = new Option<int>("--seed") { Description = "The first one's seed; the others follow. A random one without the option", DefaultValueFactory = _ => Random.Shared.Next(1_000_000_000) };
var minutes = new Option<double>("--minutes") { Description = "For so long, instead of --count" };
var jobs = new Option<int>("--jobs") { Description = "On so many threads", DefaultValueFactory = _ => Environment.ProcessorCount };
var replay = new Option<string?>("--replay") { Description = "Runs this seed, or the tape in this file, and tells what happens" };
var canaries = new Option<bool>("--canaries") { Description = "Looks for each of the seeded bugs instead" };
var everyCut = new Option<bool>("--every-cut") { Description = "Short schedules instead, --count of them, each with a cut before every operation of its disk" };
var cut = new Option<string?>("--cut") { Description = "With --every-cut and --replay: this cut alone, such as 17:KeepNone" };
var only = new Option<string?>("--only") { Description = "With --canaries: this one alone" };
var report = new Option<string?>("--report") { Description = "Writes the result to this file too" };
var tapes = new Option<string?>("--tapes") { Description = "The folder for the tapes of what is found" };
var command = new RootCommand("Runs Warren's engine and journal on a simulated disk, with everything that can go wrong, and checks that nothing is lost.")
{
    count, seed, minutes, jobs, replay, canaries, everyCut, cut, only, report, tapes,
};
command.SetAction(parsed =>
{
    if (parsed.GetValue(replay) is { } what)
        return Replaying.Run(what, parsed.GetValue(only), parsed.GetValue(everyCut), parsed.GetValue(cut));
    using var output = new RunOutput(parsed.GetValue(report));
    if (parsed.GetValue(canaries))
        return new CanaryRun(output, parsed.GetValue(seed), parsed.GetValue(jobs)).Run(parsed.GetValue(only));
    if (parsed.GetValue(everyCut))
        return new EveryCutRun(output, parsed.GetValue(seed), parsed.GetValue(jobs)).Run(parsed.GetValue(count));
    var limit = parsed.GetValue(minutes) is > 0 and var length ? TimeSpan.FromMinutes(length) : TimeSpan.MaxValue;
    var most = limit == TimeSpan.MaxValue ? parsed.GetValue(count) : long.MaxValue;
    return new SimulationRun(output, parsed.GetValue(seed), parsed.GetValue(jobs), parsed.GetValue(tapes)).Run(most, limit);
});
return await command.Parse(args).InvokeAsync();
