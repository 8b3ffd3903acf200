namespace Warren.Tests.Testing;

/// <summary>Run when no other test runs: what is settled is told soonest, and surest, by a thread pool that nobody else keeps at work.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
