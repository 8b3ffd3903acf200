using Warren.Engine;

namespace Warren.Simulation;

/// <summary>What is declared, and where messages go: lists that are walked from one end to the other.</summary>
internal sealed class TopologyModel
{
    public List<QueueModel> Queues { get; } = [];

    /// <summary>Queues of earlier lives: their dead letters may live on.</summary>
    public List<QueueModel> Past { get; } = [];

    public List<ExchangeModel> Exchanges { get; } = [];

    public List<BindingModel> Bindings { get; } = [];

    public QueueModel? FindQueue(string name) => Queues.Find(queue => queue.Exists && queue.Name == name);

    public ExchangeModel? FindExchange(string name) => Exchanges.Find(exchange => exchange.Exists && exchange.Name == name);

    public BindingModel? FindBinding(ExchangeModel source, QueueModel queue, string key) =>
        Bindings.Find(binding => binding.Exists && binding.Source == source && binding.Queue == queue && binding.Key == key);

    /// <summary>I15: where a message goes.</summary>
    public void Route(string exchange, string key, List<QueueModel> to)
    {
        to.Clear();
        if (exchange.Length == 0)
        {
            if (FindQueue(key) is { } named)
                to.Add(named);
            return;
        }
        foreach (var binding in Bindings)
        {
            if (binding.Exists && binding.Source.Name == exchange && Matches(binding, key) && !to.Contains(binding.Queue))
                to.Add(binding.Queue);
        }
    }

    public void Delete(QueueModel queue, Boundary now)
    {
        queue.Deleted = now;
        foreach (var binding in Bindings)
        {
            if (binding.Exists && binding.Queue == queue)
                binding.Deleted = now;
        }
    }

    public void Delete(ExchangeModel exchange, Boundary now)
    {
        exchange.Deleted = now;
        foreach (var binding in Bindings)
        {
            if (binding.Exists && binding.Source == exchange)
                binding.Deleted = now;
        }
    }

    /// <summary>The process has ended, and the journal has led back to this position.</summary>
    public void Recover(long position)
    {
        Past.AddRange(Queues.FindAll(queue => !Survives(queue.IsDurable, queue.Declared, queue.Deleted, position)));
        Queues.RemoveAll(queue => !Survives(queue.IsDurable, queue.Declared, queue.Deleted, position));
        Exchanges.RemoveAll(exchange => !Survives(exchange.IsDurable, exchange.Declared, exchange.Deleted, position));
        Bindings.RemoveAll(binding => !Survives(binding.IsDurable, binding.Declared, binding.Deleted, position));
        var now = new Boundary(0);
        foreach (var queue in Queues)
            (queue.Declared, queue.Deleted, queue.Consumers, queue.OpenGets) = (now, null, 0, 0);
        foreach (var exchange in Exchanges)
            (exchange.Declared, exchange.Deleted) = (now, null);
        foreach (var binding in Bindings)
            (binding.Declared, binding.Deleted) = (now, null);
    }

    /// <summary>I8: the engine has what was declared, and nothing else.</summary>
    public void Compare(BrokerEngine engine)
    {
        var queues = engine.Host.Queues.InOrder();
        foreach (var queue in Queues)
        {
            if (queue.Exists && !queues.Exists(one => one.Name == queue.Wire))
                throw new ViolationException("I8", $"queue '{queue.Name}' is missing");
        }
        foreach (var queue in queues)
        {
            if (FindQueue(queue.Name.ToString()) is null)
                throw new ViolationException("I8", $"queue '{queue.Name}' is there and should not be");
        }
        var found = 0;
        foreach (var exchange in engine.Host.Exchanges.InOrder())
        {
            if (exchange.IsDefault || exchange.Name.ToString().StartsWith("amq.", StringComparison.Ordinal))
                continue;
            if (FindExchange(exchange.Name.ToString()) is not { } known)
                throw new ViolationException("I8", $"exchange '{exchange.Name}' is there and should not be");
            found++;
            Compare(exchange, known);
        }
        if (found != Exchanges.Count(exchange => exchange.Exists))
            throw new ViolationException("I8", $"{found} exchanges are there, {Exchanges.Count(exchange => exchange.Exists)} should be");
    }

    private void Compare(Exchange exchange, ExchangeModel known)
    {
        var found = 0;
        foreach (var binding in exchange.Outgoing)
        {
            var queue = FindQueue(binding.Destination.Name.ToString());
            if (queue is null || FindBinding(known, queue, binding.RoutingKey.ToString()) is null)
                throw new ViolationException("I8", $"exchange '{known.Name}' has the binding '{binding.RoutingKey}' to '{binding.Destination.Name}' and should not");
            found++;
        }
        var expected = Bindings.Count(binding => binding.Exists && binding.Source == known);
        if (found != expected)
            throw new ViolationException("I8", $"exchange '{known.Name}' has {found} bindings, should have {expected}");
    }

    private static bool Matches(BindingModel binding, string key) => binding.Source.Type switch
    {
        "fanout" => true,
        "topic" => NaiveTopic.Matches(binding.Key, key),
        _ => binding.Key == key,
    };

    private static bool Survives(bool isDurable, Boundary declared, Boundary? deleted, long position) =>
        isDurable && declared.Position <= position && (deleted is null || deleted.Position > position);
}
