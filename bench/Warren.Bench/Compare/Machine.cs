using System.Runtime.InteropServices;

namespace Warren.Bench.Compare;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{Environment.ProcessorCount} cores, {ProcessorName()}, {SystemName()}, {RuntimeInformation.FrameworkDescription}";

    private static string ProcessorName() =>
        ReadValue("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string SystemName() =>
        ReadValue("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? RuntimeInformation.OSDescription;

    private static string? ReadValue(string file, string key, char separator) =>
        !File.Exists(file) ? null : File.ReadLines(file)
            .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim().TrimStart(separator).Trim();
}
