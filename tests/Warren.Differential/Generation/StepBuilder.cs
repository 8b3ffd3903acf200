namespace Warren.Differential;

/// <summary>A step on its way.</summary>
internal sealed class StepBuilder(int connection, ushort channel, string method)
{
    private readonly List<(string, string?)> _fields = [];

    public StepBuilder With(string name, string value)
    {
        _fields.Add((name, value));
        return this;
    }

    public StepBuilder Bit(string name, bool isSet)
    {
        if (isSet)
            _fields.Add((name, null));
        return this;
    }

    public StepBuilder All(IEnumerable<(string Name, string Value)> fields)
    {
        foreach (var (name, value) in fields)
            _fields.Add((name, value));
        return this;
    }

    public Step Build(bool isHeld = false) => new(connection, channel, method, _fields, isHeld);
}
