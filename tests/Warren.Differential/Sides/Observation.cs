namespace Warren.Differential;

/// <summary>
/// What the clients of one broker have seen since the step before: lines, ordered where AMQP promises an order. Each part is a place (a channel's
/// answers, a consumer's deliveries, a queue's counts); between parts there is no order.
/// </summary>
internal sealed class Observation
{
    private readonly SortedDictionary<string, List<string>> _parts = new(StringComparer.Ordinal);

    /// <summary>True when the broker has closed a channel or a connection for an error.</summary>
    public bool HasError => _parts.Any(part => !part.Key.StartsWith("queue", StringComparison.Ordinal) && part.Value.Any(line =>
        line.StartsWith("channel.close ", StringComparison.Ordinal) || line.StartsWith("connection.close ", StringComparison.Ordinal)));

    /// <summary>Adds to what was seen in this place.</summary>
    public void Add(string place, string line)
    {
        if (!_parts.TryGetValue(place, out var lines))
            _parts[place] = lines = [];
        lines.Add(line);
    }

    /// <summary>Adds to what was seen in this place, where order means nothing.</summary>
    public void AddUnordered(string place, string line)
    {
        Add(place, line);
        _parts[place].Sort(StringComparer.Ordinal);
    }

    /// <summary>Replaces what was seen in this place.</summary>
    public void Set(string place, string line) => _parts[place] = [line];

    /// <summary>Leaves out some places.</summary>
    public void Forget(Func<string, bool> isMeant)
    {
        foreach (var place in _parts.Keys.Where(isMeant).ToArray())
            _parts.Remove(place);
    }

    /// <summary>What was seen there, or nothing.</summary>
    public string Of(string place) => _parts.TryGetValue(place, out var lines) ? string.Join('\n', lines) : "";

    public void Clear() => _parts.Clear();

    /// <summary>The first place where the two saw something else, or null; a connection's end comes before what it ends.</summary>
    public static string? FirstDifference(Observation one, Observation other) =>
        one._parts.Keys.Union(other._parts.Keys).Where(place => one.Of(place) != other.Of(place))
            .OrderBy(place => !place.StartsWith("connection", StringComparison.Ordinal)).ThenBy(place => place, StringComparer.Ordinal).FirstOrDefault();
}
