using System.Globalization;

namespace Warren.Fuzz;

/// <summary>What one shard does.</summary>
/// <param name="Seed">What its inputs follow from.</param>
/// <param name="Time">For how long.</param>
/// <param name="Inputs">And how many inputs at most.</param>
/// <param name="Feedback">Which inputs it keeps.</param>
/// <param name="State">The file of its <see cref="ShardState"/>.</param>
/// <param name="Keep">The folder for what it keeps; null for none.</param>
internal sealed record ShardOptions(int Seed, TimeSpan Time, long Inputs, Feedback Feedback, string State, string? Keep)
{
    /// <summary>As the arguments of the process.</summary>
    public string[] ToArguments(string target) =>
    [
        "shard", target, Seed.ToString(CultureInfo.InvariantCulture), Time.Ticks.ToString(CultureInfo.InvariantCulture),
        Inputs.ToString(CultureInfo.InvariantCulture), Feedback.ToString(), State, Keep ?? "",
    ];

    /// <summary>From the arguments behind the target.</summary>
    public static ShardOptions Of(ReadOnlySpan<string> arguments) => new(
        int.Parse(arguments[0], CultureInfo.InvariantCulture),
        TimeSpan.FromTicks(long.Parse(arguments[1], CultureInfo.InvariantCulture)),
        long.Parse(arguments[2], CultureInfo.InvariantCulture),
        Enum.Parse<Feedback>(arguments[3]),
        arguments[4],
        arguments[5].Length == 0 ? null : arguments[5]);
}
