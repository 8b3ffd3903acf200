using Warren.Tests.House;

namespace Warren.Tests.Docs;

/// <summary>The documentation hangs together.</summary>
public sealed class LinkTests
{
    private static readonly string Root = ArchitectureTests.Root;

    public static TheoryData<string> Pages { get; } = [.. Directory.EnumerateFiles(Root, "*.md").Concat(All("docs")).Select(file => Path.GetRelativePath(Root, file))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_page_links_to_exists(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Root, page))!;

        Assert.DoesNotContain(Page.Read(page).Links(), target => !Path.Exists(Path.Combine(folder, target)));
    }

    [Fact]
    public void The_index_names_every_page()
    {
        var index = Page.Read("docs/README.md").Links().Select(target => Path.GetFullPath(Path.Combine(Root, "docs", target))).ToHashSet();

        Assert.DoesNotContain(All("docs"), file => Path.GetFileName(file) is not ("README.md" or "PROGRESS.md") && !index.Contains(Path.GetFullPath(file)));
    }

    private static IEnumerable<string> All(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories);
}
