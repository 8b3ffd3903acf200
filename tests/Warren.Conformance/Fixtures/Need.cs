namespace Warren.Conformance.Fixtures;

/// <summary>
/// What a test needs from the machine. Where it is missing, the test is skipped and says so; on the build machine (CI=true),
/// which must have everything, it fails instead.
/// </summary>
public static class Need
{
    private static readonly bool IsBuildMachine = Environment.GetEnvironmentVariable("CI") == "true";

    public static void Of(bool isPresent, string remedy)
    {
        if (isPresent) return;
        if (IsBuildMachine) Assert.Fail(remedy);
        Assert.Skip(remedy);
    }

    /// <summary>True when a command of that name is on the PATH.</summary>
    public static bool HasCommand(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, name)));
}
