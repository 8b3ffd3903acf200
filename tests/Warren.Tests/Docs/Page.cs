using System.Text.RegularExpressions;
using Warren.Tests.House;

namespace Warren.Tests.Docs;

/// <summary>A page of the documentation, with the code and the output that it shows.</summary>
internal sealed partial class Page
{
    private readonly string _text;

    private Page(string text) => _text = text;

    /// <param name="path">From the repository's root: "docs/wire.md".</param>
    public static Page Read(string path) => new(ReadFile(path));

    public static string ReadFile(string path) => File.ReadAllText(Path.Combine(ArchitectureTests.Root, path)).ReplaceLineEndings("\n");

    /// <summary>The blocks that are fenced as this language, in their order.</summary>
    public string[] Blocks(string language) =>
        [.. Fences().Matches(_text).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["text"].Value)];

    /// <summary>The targets of relative links, without what follows a hash.</summary>
    public string[] Links() => [.. Targets().Matches(_text).Select(match => match.Groups[1].Value.Split('#')[0]).Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))];

    /// <summary>Text without its indentation and line breaks, to find an example in a file where it stands deeper.</summary>
    public static string Squeeze(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Targets();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
