namespace Warren.Testing.Wire;

/// <summary>
/// One direction of a connection. What is put in comes out in order and one at a time, on the thread of whoever finds the lane empty; so a script may let something
/// go from any thread, and calls that cause further calls do not nest.
/// </summary>
internal sealed class Lane
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = []; // Guarded by _gate, as the flag.
    private bool _isBusy;

    public void Put(Action step)
    {
        lock (_gate)
        {
            _waiting.Enqueue(step);
            if (_isBusy)
                return;
            _isBusy = true;
        }
        while (TryTake() is { } next)
            next();
    }

    private Action? TryTake()
    {
        lock (_gate)
        {
            _isBusy = _waiting.TryDequeue(out var next);
            return next;
        }
    }
}
