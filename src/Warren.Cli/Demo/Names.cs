namespace Warren.Cli.Demo;

/// <summary>The tutorials' names on a broker of our own; on somebody else's, names that meet nobody and are remembered for removal.</summary>
internal sealed class Names(bool isOwnBroker)
{
    private readonly string _prefix = isOwnBroker ? "" : $"warren.demo.{Guid.NewGuid():N}.";
    private readonly HashSet<string> _queues = [];
    private readonly HashSet<string> _exchanges = [];

    public IEnumerable<string> Queues => _queues;

    public IEnumerable<string> Exchanges => _exchanges;

    public string Queue(string name)
    {
        _queues.Add(_prefix + name);
        return _prefix + name;
    }

    public string Exchange(string name)
    {
        _exchanges.Add(_prefix + name);
        return _prefix + name;
    }
}
