using System.Globalization;

namespace Warren.Differential;

/// <summary>
/// One thing that a client does: <c>1/2 queue.declare queue=~q durable arg.x-max-length=I:3</c> is connection 1, channel 2, an AMQP method and its arguments,
/// bits by their name alone. A plus sign before the line says that the next step follows at once, in the same segment.
/// </summary>
/// <param name="Connection">1 to 3; opened when it is first used, and again when it has ended. Connection 3 cannot take basic.cancel.</param>
/// <param name="Channel">1 to 9; opened when it is first used, and again when it has ended.</param>
/// <param name="Method">The method as AMQP names it, or <c>drop</c> (the socket ends), <c>frame</c> (any frame), <c>unopened</c> (a method on a channel that is not open).</param>
/// <param name="Fields">Names and values, in order; the value of a bit is null.</param>
/// <param name="IsHeld">True when nothing is waited for after it.</param>
public sealed record Step(int Connection, ushort Channel, string Method, IReadOnlyList<(string Name, string? Value)> Fields, bool IsHeld = false)
{
    /// <summary>Reads one line.</summary>
    /// <exception cref="FormatException">The line is not a step.</exception>
    public static Step Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var words = line.TrimStart('+').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var place = words[0].Split('/');
        if (words.Length < 2 || place.Length != 2)
            throw new FormatException($"'{line}' is not 'CONNECTION/CHANNEL METHOD [NAME=VALUE]...'.");
        return new Step(
            int.Parse(place[0], CultureInfo.InvariantCulture), ushort.Parse(place[1], CultureInfo.InvariantCulture), words[1],
            [.. words.Skip(2).Select(Field)], line.StartsWith('+'));
    }

    /// <summary>The value of a field; null when it is not there.</summary>
    public string? Find(string name) => Fields.FirstOrDefault(field => field.Name == name).Value;

    /// <summary>True when the bit stands in the line.</summary>
    public bool Has(string name) => Fields.Any(field => field.Name == name);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(IsHeld ? "+" : "")}{Connection}/{Channel} {Method}{string.Concat(Fields.Select(field => field.Value is null ? $" {field.Name}" : $" {field.Name}={field.Value}"))}";

    private static (string, string?) Field(string word)
    {
        var split = word.IndexOf('=', StringComparison.Ordinal);
        return split < 0 ? (word, null) : (word[..split], word[(split + 1)..]);
    }
}
