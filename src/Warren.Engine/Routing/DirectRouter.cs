using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Direct: the binding's key is the message's key.</summary>
internal sealed class DirectRouter(NameComparer names) : Router
{
    private readonly NameTable<BindingList> _byKey = new(names);

    public override void Add(Binding binding)
    {
        if (!_byKey.TryFind(binding.RoutingKey.Span, out var bindings))
            _byKey.Add(binding.RoutingKey, bindings = new BindingList());
        bindings.Add(binding);
    }

    public override void Remove(Binding binding)
    {
        if (!_byKey.TryFind(binding.RoutingKey.Span, out var bindings))
            return;
        bindings.Remove(binding);
        if (bindings.IsEmpty)
            _byKey.Remove(binding.RoutingKey);
    }

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes) => _byKey.Find(routingKey)?.Route(routes);
}
