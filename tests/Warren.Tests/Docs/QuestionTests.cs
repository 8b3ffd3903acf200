using System.Diagnostics;
using System.Text.RegularExpressions;
using Warren.Tests.House;

namespace Warren.Tests.Docs;

/// <summary>docs/questions: each page shows a program of samples/8-questions as it is, and the output that it has.</summary>
public sealed partial class QuestionTests
{
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(1); // A program that hangs.

    [Theory]
    [InlineData("no-server", "NoServer.cs")]
    [InlineData("timeout", "TimeIsUp.cs")]
    [InlineData("server-throws", "ServerThrows.cs")]
    [InlineData("invalid-message", "InvalidMessage.cs")]
    [InlineData("server-dies", "ServerDies.cs")]
    [InlineData("too-slow", "TooSlow.cs")]
    public async Task The_page_shows_the_program_and_what_it_prints(string name, string file)
    {
        var page = Page.Read($"docs/questions/{name}.md");
        var program = Assert.Single(page.Blocks("csharp"));
        var output = Assert.Single(page.Blocks("text"));

        Assert.Equal(Page.ReadFile($"samples/8-questions/{file}"), program);
        Assert.Equal(Blank(output), Blank(await RunAsync(name)));
    }

    // Where the sample was built: beside these tests, in the same configuration.
    private static string Program()
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var folder = Path.Combine(ArchitectureTests.Root, "samples", "8-questions", "bin", framework.Parent!.Name, framework.Name);
        return Path.Combine(folder, OperatingSystem.IsWindows() ? "Questions.exe" : "Questions");
    }

    private static async Task<string> RunAsync(string name)
    {
        var start = new ProcessStartInfo(Program(), name) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(MostTime);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal("", await error);
            Assert.Equal(0, process.ExitCode);
            return (await output).ReplaceLineEndings("\n");
        }
        finally
        {
            process.Kill(); // Of one that has ended, nothing.
        }
    }

    // Times and ids differ each time. Whether a busy machine asks for the queue's state in time before the deadline is a matter of time as well.
    private static string Blank(string output) => Ids().Replace(Times().Replace(States().Replace(output, "(state)"), "(time)"), "(id)");

    [GeneratedRegex(@"\b\d+(\.\d+)? m?s\b")]
    private static partial Regex Times();

    [GeneratedRegex(@"\b[0-9a-f]{12}\b")]
    private static partial Regex Ids();

    [GeneratedRegex("queue slow has 1 consumer, 0 requests waiting|the broker did not say whether queue slow has consumers")]
    private static partial Regex States();
}
