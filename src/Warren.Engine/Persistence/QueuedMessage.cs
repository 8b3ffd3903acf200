using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Is shown a message that waits in a queue.</summary>
public delegate void MessageVisitor(in QueuedMessage message);

/// <summary>A message that waits in a queue; a view that is valid while somebody looks at it.</summary>
public readonly ref struct QueuedMessage
{
    private readonly Queue _queue;
    private readonly Message _message;

    internal QueuedMessage(Queue queue, ulong position, Message message) => (_queue, Position, _message) = (queue, position, message);

    /// <summary>The queue's name.</summary>
    public ShortString Queue => _queue.Name;

    /// <summary>Its place in the queue; smaller ones come first, in queues with priorities within one priority, which is the highest octet.</summary>
    public ulong Position { get; }

    /// <summary>The exchange that it was published to; empty for the default exchange.</summary>
    public ShortString Exchange => _message.Exchange;

    /// <summary>The key that it was published with.</summary>
    public ShortString RoutingKey => _message.RoutingKey;

    /// <summary>Its properties.</summary>
    public PropertiesView Properties => _message.Properties;

    /// <summary>Its body.</summary>
    public ReadOnlySpan<byte> Body => _message.Body;

    internal static void VisitAll(VirtualHost host, MessageVisitor visitor)
    {
        foreach (var queue in host.Queues.InOrder())
        {
            var letters = queue.Keeper?.Letters?.Letters.Select(static letter => new WaitingMessage(letter.Message, 0, letter.Position)) ?? [];
            foreach (var waiting in queue.Ready.Concat(queue.Keeper?.Delayed?.Waiting ?? []).Concat(letters).OrderBy(static waiting => waiting.Position))
                Visit(host, visitor, queue, waiting);
        }
    }

    // One that is out of memory is in it only while it is shown. What cannot be read cannot be shown.
    private static void Visit(VirtualHost host, MessageVisitor visitor, Queue queue, in WaitingMessage waiting)
    {
        if (waiting.Message is { } message)
        {
            visitor(new QueuedMessage(queue, waiting.Position, message));
        }
        else if (host.Pager!.TryRead(queue.Records!, waiting, out message))
        {
            visitor(new QueuedMessage(queue, waiting.Position, message));
            message.Release();
        }
    }
}
