using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a binding can lead to: a queue or an exchange.</summary>
internal abstract class Destination(ShortString name)
{
    public ShortString Name { get; } = name;

    /// <summary>The bindings that lead here, oldest first.</summary>
    public LinkedList<Binding> Incoming { get; } = new();

    /// <summary>The number of the last routing that reached it, so that none reaches it twice; owned by <see cref="Routes"/>.</summary>
    public long RoutedBy { get; set; }
}
