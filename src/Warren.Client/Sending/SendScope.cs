namespace Warren.Client;

/// <summary>Something that can say in one frame what several have asked of it, and does so just before a scope sends.</summary>
internal interface IBatched
{
    /// <summary>Writes what there is to say.</summary>
    void Write();
}

/// <summary>
/// While a thread is inside a scope, what it writes to connections is kept together and leaves at the end of the scope: a batch of
/// replies, acknowledgements and new requests goes out in one send per connection.
/// </summary>
internal sealed class SendScope
{
    [ThreadStatic]
    private static SendScope? t_current;

    [ThreadStatic]
    private static SendScope? t_spare;

    private readonly List<Outbox> _touched = [];
    private readonly List<IBatched> _batched = [];
    private bool _nested;

    /// <summary>The scope of this thread, or null outside of one.</summary>
    public static SendScope? Current => t_current;

    public static SendScope Enter()
    {
        if (t_current is not null)
            return new SendScope { _nested = true }; // An outer scope sends for the inner one too.
        return t_current = t_spare ??= new SendScope();
    }

    /// <summary>Remembers the outbox for the end of the scope; false when it was remembered already.</summary>
    public bool Touch(Outbox outbox)
    {
        if (_touched.Contains(outbox))
            return false;
        _touched.Add(outbox);
        return true;
    }

    /// <summary>Has it write before the scope sends: once, however often it is asked.</summary>
    public void Later(IBatched batched)
    {
        if (!_batched.Contains(batched))
            _batched.Add(batched);
    }

    public void Flush()
    {
        while (_touched.Count > 0 || _batched.Count > 0) // Sending may bring answers that touch more.
        {
            if (_batched.Count > 0)
            {
                var batched = _batched[^1];
                _batched.RemoveAt(_batched.Count - 1);
                batched.Write();
                continue;
            }
            var outbox = _touched[^1];
            _touched.RemoveAt(_touched.Count - 1);
            outbox.Flush();
        }
    }

    public void Exit()
    {
        if (_nested)
        {
            t_current?.Flush();
            return;
        }
        Flush();
        t_current = null;
    }
}
