namespace Warren.Simulation;

/// <summary>A binding from its making to its end.</summary>
internal sealed class BindingModel(ExchangeModel source, QueueModel queue, string key, Boundary declared)
{
    public ExchangeModel Source { get; } = source;

    public QueueModel Queue { get; } = queue;

    public string Key { get; } = key;

    public Boundary Declared { get; set; } = declared;

    public Boundary? Deleted { get; set; }

    public bool Exists => Deleted is null;

    public bool IsDurable => Source.IsDurable && Queue.IsDurable;
}

/// <summary>An exchange from its declaration to its end.</summary>
internal sealed class ExchangeModel(string name, string type, Boundary declared)
{
    public string Name { get; } = name;

    public string Type { get; } = type;

    public bool IsDurable { get; init; }

    public Boundary Declared { get; set; } = declared;

    public Boundary? Deleted { get; set; }

    public bool Exists => Deleted is null;
}
