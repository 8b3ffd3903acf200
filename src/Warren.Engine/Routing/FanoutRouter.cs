using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Fanout: every binding.</summary>
internal sealed class FanoutRouter : Router
{
    private readonly BindingList _bindings = new();

    /// <inheritdoc/>
    public override bool UsesKeys => false;

    public override void Add(Binding binding) => _bindings.Add(binding);

    public override void Remove(Binding binding) => _bindings.Remove(binding);

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes) => _bindings.Route(routes);
}
