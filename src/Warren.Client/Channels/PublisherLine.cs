namespace Warren.Client;

/// <summary>Publishers of one channel who wait for room, in the order in which they came: nobody overtakes them, so that messages stay in the order of their calls.</summary>
internal sealed class PublisherLine
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask; // When the last one of the line has left it.
    private int _count;

    /// <summary>True when nobody waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Lines up before it returns; completes when all who came before have left.</summary>
    /// <returns>To be disposed of when the caller has published, or does not want to any more.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new Turn(this);
        Task before;
        lock (_gate)
        {
            before = _last;
            _last = turn.Left;
            _count++;
        }
        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
            return turn;
        }
        catch (OperationCanceledException)
        {
            _ = before.ContinueWith(_ => turn.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // Who comes behind still waits for those before.
            throw;
        }
    }

    private sealed class Turn(PublisherLine line) : IDisposable
    {
        private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Left => _left.Task;

        public void Dispose()
        {
            Interlocked.Decrement(ref line._count);
            _left.SetResult();
        }
    }
}
