using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Warren.Differential;

/// <summary>Random scripts, one seed after the other, and what they found.</summary>
/// <param name="comparison">The two brokers.</param>
public sealed class DifferentialRun(Comparison comparison)
{
    private readonly List<Difference> _found = [];
    private readonly SortedDictionary<string, int> _tolerated = new(StringComparer.Ordinal);
    private long _startedAt;

    /// <summary>Differences that nothing tolerates, each shrunk.</summary>
    public IReadOnlyList<Difference> Found => _found;

    /// <summary>How many scripts have ended.</summary>
    public int Scripts { get; private set; }

    /// <summary>Scripts whose difference did not show a second time: RabbitMQ had not come to rest in time, or its parts ran in another order.</summary>
    public int Unsteady { get; private set; }

    /// <summary>Scripts that differ only where earlier ones had left something: RabbitMQ may declare what a connection asked for after that has ended.</summary>
    public int Misled { get; private set; }

    /// <summary>Stops when so many differences were found.</summary>
    public int MostFound { get; init; } = 5;

    /// <summary>Differences whose texts match this are passed over.</summary>
    public Regex? Ignored { get; init; }

    /// <summary>Hears of each difference and of progress.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>Runs the scripts of so many seeds.</summary>
    public void Run(int firstSeed, int scripts)
    {
        _startedAt = Stopwatch.GetTimestamp();
        for (var i = 0; i < scripts && _found.Count < MostFound; i++)
        {
            RunOne(firstSeed + i);
            Scripts++;
            if (Scripts % 500 == 0)
                Say(ToString());
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var seconds = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        var tolerated = _tolerated.Count == 0 ? "none tolerated" : $"tolerated: {string.Join(", ", _tolerated.Select(one => $"{one.Key} {one.Value} times"))}";
        return $"{Scripts} scripts, {comparison.Steps} steps compared, {Scripts / seconds:F0} scripts/s, {_found.Count} differences, {tolerated}, {Unsteady} unsteady, {Misled} misled";
    }

    private void RunOne(int seed)
    {
        var script = ScriptGenerator.Next(seed);
        if (comparison.Run(script) is not { } first || IsTolerated(first))
            return;
        if (comparison.Run(script) is not { } difference)
        {
            Unsteady++;
            Say($"seed {seed}: seen once\n{first}");
            return;
        }
        if (IsTolerated(difference))
            return;
        if (comparison.MoveOn() && comparison.Run(script) is null)
        {
            Misled++;
            Say($"seed {seed}: not seen where nothing was left behind\n{difference}");
            return;
        }
        var patience = comparison.Patience;
        comparison.Patience = TimeSpan.FromMilliseconds(Math.Min(80, patience.TotalMilliseconds));
        var shrunk = new Shrinker(comparison, other => other.Step?.Method == difference.Step?.Method && Tolerance.Of(other) is null && !IsIgnored(other)).Shrink(difference);
        comparison.Patience = patience;
        _found.Add(shrunk);
        Say($"seed {seed}:\n{shrunk}");
    }

    private bool IsIgnored(Difference difference) => Ignored?.IsMatch($"{difference.Step} {difference.Warren} {difference.RabbitMq}") == true;

    private bool IsTolerated(Difference difference)
    {
        if (IsIgnored(difference))
        {
            _tolerated["ignored"] = _tolerated.GetValueOrDefault("ignored") + 1;
            return true;
        }
        if (Tolerance.Of(difference) is not { } tolerance)
            return false;
        _tolerated[tolerance.Id] = _tolerated.GetValueOrDefault(tolerance.Id) + 1;
        return true;
    }
}
