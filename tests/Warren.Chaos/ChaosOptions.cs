namespace Warren.Chaos;

/// <summary>What a run does.</summary>
/// <param name="CommandLine">How to do it again.</param>
/// <param name="Report">Where the report goes besides the terminal; null for nowhere.</param>
internal sealed record ChaosOptions(
    CallMode Mode, int Calls, int Faults, int InFlight, TimeSpan Timeout, int Seed, bool Verbose, string CommandLine, string? Report);
