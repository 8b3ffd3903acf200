using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A consumer of a queue. While it can take a delivery it stands in its queue's ring of ready consumers.</summary>
internal sealed class Consumer(Channel channel, Queue queue, ShortString tag, bool noAck, int prefetch, long priority)
{
    public Channel Channel { get; } = channel;

    public Queue Queue { get; } = queue;

    public ShortString Tag { get; } = tag;

    public bool NoAck { get; } = noAck;

    /// <summary>Higher ones are served first while they are ready.</summary>
    public long Priority { get; } = priority;

    /// <summary>How long it may keep a delivery, when it has a time of its own.</summary>
    public ConsumerTimeout? Timeout { get; init; }

    /// <summary>How many deliveries it holds.</summary>
    public int Prefetched { get; set; }

    /// <summary>
    /// False once it is cancelled, its deliveries stay with the channel; and while another consumer of its queue is the single active one.
    /// </summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Where it stands among the consumers of its queue; owned by <see cref="QueueConsumers"/>.</summary>
    public LinkedListNode<Consumer>? QueueNode { get; set; }

    /// <summary>The consumers of its queue before it have lower numbers; owned by <see cref="QueueConsumers"/>.</summary>
    public long QueueNumber { get; set; }

    /// <summary>Where it stands among the consumers of its channel; owned by <see cref="ConsumerSet"/>.</summary>
    public LinkedListNode<Consumer>? ChannelNode { get; set; }

    /// <summary>The consumers of its priority; owned by <see cref="ReadyConsumers"/>.</summary>
    public ReadyLevel? Level { get; set; }

    /// <summary>Its neighbours among the ready consumers of its priority; owned by <see cref="ReadyLevel"/>.</summary>
    public Consumer? NextReady { get; set; }

    /// <inheritdoc cref="NextReady"/>
    public Consumer? PreviousReady { get; set; }

    /// <summary>True while it stands among the ready consumers.</summary>
    public bool IsReady { get; set; }

    /// <summary>True when a message may be given to it now. A channel's limit that is used up holds up those without acknowledgement too.</summary>
    public bool CanTake =>
        IsActive && !Channel.IsHeldUp && (Queue.IsQuorum || !Channel.IsPrefetchUsedUp) && (NoAck || prefetch == 0 || Prefetched < prefetch) && Channel.Connection.HasRoom();

    /// <summary>Something was given back: perhaps it can take again.</summary>
    public void RefreshReadiness()
    {
        if (!IsReady && CanTake)
            Queue.MakeReady(this);
    }

    public void Deliver(Message message, ulong position, bool redelivered)
    {
        var deliveryTag = Channel.NextDeliveryTag();
        var deliver = new BasicDeliver(Tag, deliveryTag, redelivered, message.Exchange, message.RoutingKey);
        if (redelivered)
            Channel.SendContent(deliver, message, Queue.PropertiesOf(message, position));
        else
            Channel.SendContent(deliver, message);
        Channel.Host.Tracer?.Delivered(Channel, Queue, message, redelivered);
        if (NoAck)
            Queue.Acknowledge(message, position);
        else
            Channel.Hold(deliveryTag, Queue, message, position, this);
    }
}
