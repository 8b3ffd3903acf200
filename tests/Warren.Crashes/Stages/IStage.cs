namespace Warren.Crashes.Stages;

/// <summary>One way to let a broker die.</summary>
internal interface IStage
{
    string Name { get; }

    /// <summary>What it does, in a few words.</summary>
    string Title { get; }

    /// <summary>Why it cannot be tried here; null when it can.</summary>
    string? Missing(CrashOptions options);

    Task<StageResult> RunAsync(CrashOptions options, CancellationToken stopping);
}
