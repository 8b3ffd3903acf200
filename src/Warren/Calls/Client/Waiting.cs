namespace Warren;

/// <summary>Waiting for something on a call's behalf, but not longer than the call.</summary>
internal static class Waiting
{
    public static async Task OrEndAsync(Task task, IPendingCall call)
    {
        var first = await Task.WhenAny(task, call.Completion).ConfigureAwait(false);
        if (first == task)
            await task.ConfigureAwait(false);
    }
}
