namespace Warren.Conformance.Fixtures;

/// <summary>Run when no other test runs, because they take from all others what those need: the thread pool.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
