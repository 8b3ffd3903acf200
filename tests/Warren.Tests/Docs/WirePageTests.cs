using System.Text.RegularExpressions;

namespace Warren.Tests.Docs;

/// <summary>docs/wire.md leaves nothing out that travels. That it is right, programs in Python prove (Warren.Conformance, WireTests).</summary>
public sealed partial class WirePageTests
{
    [Theory]
    [InlineData("src/Warren/Calls/RpcHeaders.cs", 12)]
    [InlineData("src/Warren/Calls/ControlMessage.cs", 4)]
    [InlineData("src/Warren/Calls/ContractTopology.cs", 4)]
    [InlineData("src/Warren/Calls/Dead/DeadRequestQueue.cs", 4)]
    [InlineData("src/Warren/Calls/Server/InstanceReport.cs", 3)]
    public void The_page_names_every_header_word_and_exchange(string file, int atLeast)
    {
        var page = Page.ReadFile("docs/wire.md");
        var names = Names().Matches(Page.ReadFile(file)).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.True(names.Length >= atLeast, $"{file} has only {names.Length} names; do they look different now?");
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_member_of_a_report_stands_on_the_page()
    {
        var page = Page.ReadFile("docs/wire.md");

        Assert.All(
            Members().Matches(Page.ReadFile("src/Warren/Calls/Server/InstanceReport.cs")).Select(match => match.Groups[1].Value),
            name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    // Texts of lower case letters and hyphens or dots, as constants, keys or octets; encoded forms with their length and type stand beside the plain ones.
    [GeneratedRegex("(?:=> |= |\\(|\\[|, )\"([a-z*][a-z_.-]*)\"")]
    private static partial Regex Names();

    [GeneratedRegex("Write[A-Za-z]+\\(\"([A-Za-z0-9]+)\"u8")]
    private static partial Regex Members();
}
