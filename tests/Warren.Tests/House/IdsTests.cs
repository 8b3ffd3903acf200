using System.Text.RegularExpressions;

namespace Warren.Tests.House;

/// <summary>Everything that the specification numbers has a test that says so, or a line in docs/differences.md.</summary>
public sealed partial class IdsTests
{
    private const string List = "tests/Warren.Tests/House/ids.txt";

    private static readonly HashSet<string> s_homes = [.. InTests(), .. InDifferences()];

    [Fact]
    public void Every_id_stands_in_a_test_or_among_the_differences()
    {
        var homeless = Ids().Where(id => !id.StartsWith('-') && !s_homes.Contains(id));
        Assert.Empty(homeless);
    }

    [Fact]
    public void No_id_is_missing_from_the_list()
    {
        var listed = Ids().Select(id => id.TrimStart('-')).ToList();
        Assert.Equal(listed.Count, listed.Distinct().Count());
        var rows = Enumerable.Range(1, 158).Select(i => $"{i}");
        var badInputs = Enumerable.Range(1, 110).Select(i => $"B{i:00}");
        var advisories = Enumerable.Range(1, 32).Concat(Enumerable.Range(40, 21)).Select(i => $"V{i:00}");
        Assert.Empty(rows.Concat(badInputs).Concat(advisories).Except(listed));
    }

    private static IEnumerable<string> Ids() => File.ReadLines(Path.Combine(ArchitectureTests.Root, List))
        .Where(line => !line.StartsWith('#'))
        .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // A method's name (Row_153_..., B22_...), a comment (Row 153) or the text of a row (new("B22", ...).
    private static IEnumerable<string> InTests()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(ArchitectureTests.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file) != $"{nameof(IdsTests)}.cs");
        foreach (var text in sources.Select(File.ReadAllText))
        {
            foreach (Match rows in Rows().Matches(text))
            {
                foreach (Match number in Number().Matches(rows.Value))
                    yield return number.Value;
            }
            foreach (Match letter in Letters().Matches(text))
                yield return letter.Value;
        }
    }

    private static IEnumerable<string> InDifferences()
    {
        var page = Path.Combine(ArchitectureTests.Root, "docs", "differences.md");
        return File.Exists(page) ? File.ReadLines(page).SelectMany(IdsOfLine) : [];
    }

    // The first column: | 13, B19, B20 | what differs | reason |
    private static string[] IdsOfLine(string line) =>
        line.StartsWith('|') ? line.Split('|')[1].Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) : [];

    [GeneratedRegex(@"(?<![A-Za-z])Rows?[_ ]\d+(?:(?:_| to |, | and )\d+)*(?!\d)")]
    private static partial Regex Rows();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<![A-Za-z0-9.])[BV]\d{2,3}(?!\d)")]
    private static partial Regex Letters();
}
