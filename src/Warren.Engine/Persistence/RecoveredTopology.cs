using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The exchanges, queues and bindings that were recovered.</summary>
internal sealed class RecoveredTopology(VirtualHost host, RecoveryReport report)
{
    private readonly List<(ulong Id, ExchangeDefinition Exchange)> _exchanges = [];
    private readonly List<(ulong Id, QueueRecord Queue)> _queues = [];
    private readonly List<(ulong Id, BindingDefinition Binding)> _bindings = [];
    private readonly Dictionary<ulong, Exchange> _exchangesById = [];
    private readonly Dictionary<ulong, Queue> _queuesById = [];

    /// <summary>The queues that were made, in the order of their ids.</summary>
    public List<Queue> Queues { get; } = [];

    public void Add(ulong id, ExchangeDefinition exchange) => _exchanges.Add((id, exchange));

    public void Add(ulong id, QueueRecord queue) => _queues.Add((id, queue));

    public void Add(ulong id, BindingDefinition binding) => _bindings.Add((id, binding));

    public Queue? QueueOf(ulong id) => _queuesById.GetValueOrDefault(id);

    public Exchange? ExchangeOf(ulong id) => _exchangesById.GetValueOrDefault(id);

    /// <summary>Makes everything; what is wrong with one thing is its own matter.</summary>
    public void Build(Action<ulong, RecordKind, string> fault)
    {
        foreach (var (id, exchange) in _exchanges.OrderBy(static one => one.Id))
            Try(id, RecordKind.Exchange, fault, () => Make(id, exchange));
        foreach (var (id, queue) in _queues.OrderBy(static one => one.Id))
            Try(id, RecordKind.Queue, fault, () => Make(id, queue));
        foreach (var (id, binding) in _bindings.OrderBy(static one => one.Id))
            Try(id, RecordKind.Binding, fault, () => Make(id, binding));
    }

    private static void Try(ulong id, RecordKind kind, Action<ulong, RecordKind, string> fault, Action make)
    {
        try
        {
            make();
        }
        catch (Exception e) when (e is ChannelException or ConnectionException or ProtocolException)
        {
            fault(id, kind, e.Message);
        }
    }

    private void Make(ulong id, ExchangeDefinition definition)
    {
        if (host.Exchanges.Find(definition.Name.Span) is not null)
            throw RecordFault.Of($"the exchange '{definition.Name}' is there already");
        var exchange = TopologyImport.Make(host, definition);
        exchange.RecordId = id;
        host.Exchanges.Restore(exchange);
        _exchangesById.Add(id, exchange);
        report.Exchanges++;
    }

    // Its arguments were checked when it was declared, perhaps by another profile: they are not refused now.
    private void Make(ulong id, QueueRecord record)
    {
        var definition = record.Definition;
        if (host.Queues.Find(definition.Name.Span) is not null)
            throw RecordFault.Of($"the queue '{definition.Name}' is there already");
        var queue = new Queue(host, definition.Name, record.Type, definition.Arguments) { Durable = true, AutoDelete = definition.AutoDelete };
        queue.KeepIn(new QueueRecords(host.Records!, queue, id));
        host.Queues.Restore(queue);
        _queuesById.Add(id, queue);
        Queues.Add(queue);
        report.Queues++;
    }

    private void Make(ulong id, BindingDefinition binding)
    {
        if (host.Exchanges.Find(binding.Source.Span) is not { } source)
            throw RecordFault.Of($"the exchange '{binding.Source}' is missing, from which it leads to '{binding.Destination}'");
        Destination? destination = binding.IsToQueue ? host.Queues.Find(binding.Destination.Span) : host.Exchanges.Find(binding.Destination.Span);
        if (destination is null)
            throw RecordFault.Of($"the {(binding.IsToQueue ? "queue" : "exchange")} '{binding.Destination}' is missing, to which it leads from '{binding.Source}'");
        source.Router.Check(binding.RoutingKey, binding.Arguments);
        source.Router.Check(destination);
        if (!host.Bindings.Restore(source, destination, binding, id))
            throw RecordFault.Of($"'{binding.Destination}' is bound to '{binding.Source}' so already");
        report.Bindings++;
    }
}
