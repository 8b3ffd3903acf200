namespace Warren.Broker;

/// <summary>
/// Threads that hash passwords, so that no thread which serves clients does. They start when there is work and end when there is none; the thread pool is
/// the application's, which may have filled it. How many attempts wait is bounded by the <see cref="WaitingRoom"/>.
/// </summary>
internal sealed class LoginWorkers(int max, Action<LoginAttempt> check)
{
    private readonly Lock _gate = new();
    private readonly Queue<LoginAttempt> _waiting = new();
    private int _running;

    public void Add(LoginAttempt attempt)
    {
        lock (_gate)
        {
            _waiting.Enqueue(attempt);
            if (_running == max)
                return;
            _running++;
        }
        new Thread(Run) { IsBackground = true, Name = "Warren logins", Priority = ThreadPriority.BelowNormal }.Start();
    }

    private void Run()
    {
        while (TryTake(out var attempt))
            check(attempt);
    }

    private bool TryTake(out LoginAttempt attempt)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out attempt!))
                return true;
            _running--;
            return false;
        }
    }
}
