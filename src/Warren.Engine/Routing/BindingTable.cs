using System.Diagnostics;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>All bindings of a virtual host: each exists once, and an auto-delete exchange ends with its last one.</summary>
internal sealed class BindingTable(VirtualHost host)
{
    private readonly Dictionary<BindingKey, Binding> _bindings = [];
    private readonly Stack<Exchange> _unused = new();

    public void Add(Exchange source, Destination destination, ShortString routingKey, FieldTable arguments)
    {
        if (Make(source, destination, routingKey, arguments) is { } binding)
            host.Records?.Keep(binding);
    }

    /// <summary>Adds a binding that was recovered.</summary>
    /// <returns>False when it is there already.</returns>
    public bool Restore(Exchange source, Destination destination, BindingDefinition definition, ulong recordId)
    {
        if (Make(source, destination, definition.RoutingKey, definition.Arguments) is not { } binding)
            return false;
        binding.RecordId = recordId;
        return true;
    }

    // Null when it exists.
    private Binding? Make(Exchange source, Destination destination, ShortString routingKey, FieldTable arguments)
    {
        var key = new BindingKey(source, destination, routingKey, SortedTable.Of(arguments));
        if (_bindings.ContainsKey(key))
            return null;
        key = key with { RoutingKey = routingKey.ToOwned(), Arguments = key.Arguments.ToOwned() };
        var binding = new Binding(key);
        _bindings.Add(key, binding);
        binding.SourceNode = source.Outgoing.AddLast(binding);
        binding.DestinationNode = destination.Incoming.AddLast(binding);
        source.Router.Add(binding);
        return binding;
    }

    /// <summary>The binding that was made so, or null.</summary>
    public Binding? Find(Exchange source, Destination destination, ShortString routingKey, FieldTable arguments) =>
        _bindings.GetValueOrDefault(new BindingKey(source, destination, routingKey, SortedTable.Of(arguments)));

    /// <summary>Removes a binding, and an auto-delete exchange with its last one.</summary>
    public void Remove(Binding binding)
    {
        Unlink(binding);
        DeleteUnused();
    }

    /// <summary>Removes what leads to a queue that ends.</summary>
    public void RemoveAllTo(Queue queue)
    {
        while (queue.Incoming.First is { } node)
            Unlink(node.Value);
        DeleteUnused();
    }

    /// <summary>Removes what leads to and from an exchange that ends.</summary>
    public void RemoveAllOf(Exchange exchange)
    {
        Unlink(exchange);
        DeleteUnused();
    }

    private void Unlink(Binding binding)
    {
        var source = binding.Source;
        _bindings.Remove(binding.Key);
        host.Records?.Remove(binding.RecordId);
        source.Router.Remove(binding);
        source.Outgoing.Remove(binding.SourceNode!);
        binding.Destination.Incoming.Remove(binding.DestinationNode!);
        if (source is { AutoDelete: true, IsDeleted: false, Outgoing.Count: 0 })
            _unused.Push(source);
    }

    // A chain of auto-delete exchanges may be long: one after the other, without recursion.
    private void DeleteUnused()
    {
        while (_unused.TryPop(out var exchange))
        {
            if (exchange.IsDeleted)
                continue;
            host.Exchanges.Remove(exchange);
            Unlink(exchange);
        }
    }

    private void Unlink(Exchange exchange)
    {
        Debug.Assert(exchange.IsDeleted, "Only an exchange that ends loses all bindings.");
        while (exchange.Outgoing.First is { } node)
            Unlink(node.Value);
        while (exchange.Incoming.First is { } node)
            Unlink(node.Value);
    }
}
