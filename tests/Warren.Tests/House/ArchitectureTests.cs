using System.Text.RegularExpressions;

namespace Warren.Tests.House;

/// <summary>ARCHITECTURE.md names files and types; a name that no longer exists makes the page a lie.</summary>
public partial class ArchitectureTests
{
    internal static string Root { get; } = FindRoot();

    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "ARCHITECTURE.md"));

    [Fact]
    public void Every_path_it_names_exists()
    {
        var missing = Paths().Matches(Page).Select(match => match.Groups[1].Value)
            .Where(path => !File.Exists(Path.Combine(Root, path)) && !Directory.Exists(Path.Combine(Root, path)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_type_and_member_it_names_is_declared_in_the_sources()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("\\obj\\", StringComparison.Ordinal))
            .ToDictionary(file => file, File.ReadAllText);

        var missing = Names().Matches(Page).Select(match => match.Groups[1].Value).Distinct().Where(name => !IsDeclared(name));

        Assert.Empty(missing);

        bool IsDeclared(string name)
        {
            var parts = name.Split('.');
            var type = new Regex($@"\b(class|struct|interface|enum|record)\s+{parts[0]}\b");
            return sources.Values.Any(text => type.IsMatch(text) && (parts.Length == 1 || new Regex($@"\b{parts[1]}\b").IsMatch(text)));
        }
    }

    [Fact]
    public void Projects_reference_only_what_the_table_allows()
    {
        var allowed = new Dictionary<string, string[]>
        {
            ["Warren.Amqp"] = [],
            ["Warren.Engine"] = ["Warren.Amqp"],
            ["Warren.Store"] = [],
            ["Warren.Broker"] = ["Warren.Amqp", "Warren.Engine", "Warren.Store"],
            ["Warren.Client"] = ["Warren.Amqp"],
            ["Warren"] = ["Warren.Client", "Warren.Generator"],
            ["Warren.Generator"] = [],
            ["Warren.Testing"] = ["Warren", "Warren.Broker"],
            ["Warren.Cli"] = ["Warren", "Warren.Amqp", "Warren.Broker", "Warren.Client"],
        };

        foreach (var (project, targets) in allowed)
        {
            var text = File.ReadAllText(Path.Combine(Root, "src", project, $"{project}.csproj"));
            var references = References().Matches(text).Select(match => match.Groups[1].Value);
            Assert.Empty(references.Except(targets));
        }
    }

    [GeneratedRegex("`((?:src|tests|bench|samples)/[^`]*)`")]
    private static partial Regex Paths();

    // `Type` or `Type.Member`: a capital first, no slash, no file ending.
    [GeneratedRegex("`([A-Z][A-Za-z]+(?:\\.[A-Z][A-Za-z]+)?)`")]
    private static partial Regex Names();

    [GeneratedRegex("ProjectReference Include=\"[^\"]*/([^/\"]+)\\.csproj\"")]
    private static partial Regex References();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Warren.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not stand inside the project's folder.");
    }
}
