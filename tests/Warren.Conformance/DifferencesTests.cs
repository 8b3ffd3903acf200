using System.Runtime.CompilerServices;
using Warren.Differential;

namespace Warren.Conformance;

/// <summary>docs/differences.md says what the differential tests tolerate, and nothing else is tolerated.</summary>
public class DifferencesTests
{
    [Fact]
    public void Every_tolerance_stands_on_the_page_and_every_line_there_is_a_tolerance()
    {
        var section = Page().Split("## Met by the comparison")[1].Split("\n## ")[0];
        var ids = section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Split('|')[1].Trim());

        Assert.Equal(Tolerance.All.Select(tolerance => tolerance.Id).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_id_stands_there_twice()
    {
        var ids = Page().Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries));

        Assert.Empty(ids.Where(id => id != "id").GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    private static string Page([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "differences.md"));
}
