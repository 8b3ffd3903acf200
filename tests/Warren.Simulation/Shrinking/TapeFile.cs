using System.Globalization;

namespace Warren.Simulation;

/// <summary>A tape as a text file: numbers with spaces between; lines that begin with # are for people.</summary>
internal static class TapeFile
{
    public static int[] Parse(string text) => text.Split('\n')
        .Where(static line => !line.StartsWith('#'))
        .SelectMany(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Select(static number => int.Parse(number, CultureInfo.InvariantCulture))
        .ToArray();

    public static string Write(IReadOnlyList<int> tape, string about) => $"# {about.Replace('\n', ' ')}\n{string.Join(' ', tape)}\n";
}
