namespace Warren.Client;

/// <summary>Publishers of one channel who wait for room, in the order in which they came: nobody overtakes them, so that messages stay in the order of their calls.</summary>
internal sealed class PublisherLine
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = []; // The first one has its turn.
    private int _count; // Of the list; written with the gate held, read without.

    /// <summary>True when nobody waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Lines up before it returns; completes when all who came before have left, and leaves by itself when it is cancelled.</summary>
    /// <returns>To be disposed of when the caller has published, or does not want to any more.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new Turn(this);
        lock (_gate)
        {
            _waiting.AddLast(turn.Node);
            Volatile.Write(ref _count, _waiting.Count);
            if (_waiting.First == turn.Node)
                turn.Node.Value.SetResult();
        }
        try
        {
            await turn.Node.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return turn;
        }
        catch (OperationCanceledException)
        {
            turn.Dispose();
            throw;
        }
    }

    private void Leave(LinkedListNode<TaskCompletionSource> node)
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            var hadTurn = _waiting.First == node;
            _waiting.Remove(node);
            Volatile.Write(ref _count, _waiting.Count);
            next = hadTurn ? _waiting.First?.Value : null;
        }
        next?.SetResult();
    }

    private sealed class Turn(PublisherLine line) : IDisposable
    {
        public LinkedListNode<TaskCompletionSource> Node { get; } = new(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Dispose() => line.Leave(Node);
    }
}
