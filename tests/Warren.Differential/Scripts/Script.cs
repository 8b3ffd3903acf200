namespace Warren.Differential;

/// <summary>What clients do, step after step: a text with a line per step (see <see cref="Step"/>), so that what a run finds can be pasted into a test.</summary>
public sealed record Script(IReadOnlyList<Step> Steps)
{
    /// <summary>Reads a script; empty lines and lines that start with a hash mark are left out.</summary>
    /// <exception cref="FormatException">A line is not a step.</exception>
    public static Script Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new Script([.. from line in lines where !line.StartsWith('#') select Step.Parse(line)]);
    }

    /// <summary>The same without some steps.</summary>
    public Script Without(int first, int count) => new([.. Steps.Take(first), .. Steps.Skip(first + count)]);

    /// <summary>The same with another step in one place.</summary>
    public Script With(int index, Step step) => new([.. Steps.Take(index), step, .. Steps.Skip(index + 1)]);

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Steps);
}
