namespace Warren.Simulation;

/// <summary>Words for what is chosen often. In all of them 0 on the tape is the tamest.</summary>
internal static class Choosing
{
    /// <summary>True once in so many times.</summary>
    public static bool OneIn(this IChoices choices, int times) => choices.Next(times) == times - 1;

    public static int Between(this IChoices choices, int least, int most) => least + choices.Next(most - least + 1);

    public static T Pick<T>(this IChoices choices, IReadOnlyList<T> from) => from[choices.Next(from.Count)];
}
