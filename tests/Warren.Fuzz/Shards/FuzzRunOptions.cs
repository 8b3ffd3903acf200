namespace Warren.Fuzz;

/// <summary>What a run does.</summary>
/// <param name="Seed">Of the first shard; each further one has the next number.</param>
/// <param name="Time">For how long.</param>
/// <param name="Inputs">And how many inputs at most, all shards together.</param>
/// <param name="Shards">How many processes.</param>
/// <param name="Feedback">Which inputs are kept.</param>
/// <param name="Keep">The folder for what is kept; null for none.</param>
/// <param name="Findings">The folder for what is found.</param>
internal sealed record FuzzRunOptions(int Seed, TimeSpan Time, long Inputs, int Shards, Feedback Feedback, string? Keep, string Findings);
