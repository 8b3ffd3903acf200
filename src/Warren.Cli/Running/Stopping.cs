namespace Warren.Cli.Running;

/// <summary>For verbs that run until they are stopped.</summary>
internal static class Stopping
{
    /// <summary>Completes, without an exception, when the tool is asked to stop or when the task has ended; then with the task's failure.</summary>
    public static async Task UntilAsync(Task ended, CancellationToken stopping)
    {
        var asked = Task.Delay(Timeout.Infinite, stopping);
        await Task.WhenAny(asked, ended);
        if (ended.IsCompleted)
            await ended;
    }

    /// <inheritdoc cref="UntilAsync(Task, CancellationToken)"/>
    public static async Task UntilAsync(CancellationToken stopping) =>
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
