using Warren.Client;

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

    /// <summary>Waits while the broker takes no messages because of an alarm (connection.blocked), or until the connection or the call has ended.</summary>
    public static async Task UntilUnblockedAsync(AmqpConnection connection, IPendingCall call)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Changed(bool blocked, string reason) => changed.TrySetResult();
        connection.BlockedChanged += Changed;
        if (connection.IsBlocked && connection.IsOpen)
            await Task.WhenAny(changed.Task, connection.Closed, call.Completion).ConfigureAwait(false);
        connection.BlockedChanged -= Changed;
    }
}
