using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What makes a binding the same binding: all four.</summary>
internal readonly record struct BindingKey(Exchange Source, Destination Destination, ShortString RoutingKey, FieldTable Arguments);

/// <summary>A way from an exchange to a queue or to another exchange.</summary>
internal sealed class Binding(BindingKey key)
{
    public BindingKey Key { get; } = key;

    public Exchange Source => Key.Source;

    public Destination Destination => Key.Destination;

    public ShortString RoutingKey => Key.RoutingKey;

    public FieldTable Arguments => Key.Arguments;

    /// <summary>Its record in the journal; 0 when it has none.</summary>
    public ulong RecordId { get; set; }

    /// <summary>Where it stands in its router's list; owned by <see cref="BindingList"/>.</summary>
    public int Slot { get; set; }

    /// <summary>Where it stands among the bindings of its source.</summary>
    public LinkedListNode<Binding>? SourceNode { get; set; }

    /// <summary>Where it stands among the bindings of its destination.</summary>
    public LinkedListNode<Binding>? DestinationNode { get; set; }
}
