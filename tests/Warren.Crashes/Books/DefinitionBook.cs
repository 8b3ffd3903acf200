namespace Warren.Crashes.Books;

/// <summary>What is known of something that was declared or deleted.</summary>
internal enum Known
{
    /// <summary>An operation on it was under way when the broker ended, or nothing was ever said.</summary>
    Nothing,

    /// <summary>Its -ok has come.</summary>
    Present,

    /// <summary>The delete-ok has come.</summary>
    Absent,
}

/// <summary>The queues, exchanges and bindings of one data folder, as far as the broker has promised them. Thread-safe.</summary>
internal sealed class DefinitionBook(Ledger ledger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<(long Stamp, Known Known)>> _history = [];

    /// <summary>Everything that was ever named.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
                return [.. _history.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>What is known now.</summary>
    public Known this[string name]
    {
        get
        {
            lock (_gate)
                return _history.TryGetValue(name, out var history) ? history[^1].Known : Known.Nothing;
        }
    }

    /// <summary>An operation is about to be asked for: until its answer nothing is known.</summary>
    public void Begin(string name) => Set(name, Known.Nothing);

    /// <summary>The answer has come, or a look at the broker.</summary>
    public void Set(string name, Known known)
    {
        var stamp = ledger.Mark();
        lock (_gate)
        {
            if (!_history.TryGetValue(name, out var history))
                _history[name] = history = [];
            history.Add((stamp, known));
        }
    }

    /// <summary>As a cut of the power between two moments leaves it: what was known before it, unless something was under way within it.</summary>
    public DefinitionBook AsOf(Ledger cut, long before, long after)
    {
        var book = new DefinitionBook(cut);
        lock (_gate)
        {
            foreach (var (name, history) in _history)
            {
                var known = history.LastOrDefault(step => step.Stamp <= before, (0, Known.Nothing)).Known;
                var begun = history.Any(step => step.Stamp > before && step.Stamp <= after && step.Known == Known.Nothing);
                book._history[name] = [(before, begun ? Known.Nothing : known)];
            }
        }
        return book;
    }
}
