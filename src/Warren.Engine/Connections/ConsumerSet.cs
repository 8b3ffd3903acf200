using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A channel's consumers by tag, among them the pseudo-consumer of direct reply-to.</summary>
internal sealed class ConsumerSet(Channel channel)
{
    private readonly LinkedList<Consumer> _inOrder = new();
    private NameTable<Consumer>? _byTag;
    private ShortString _replyTag;

    /// <summary>What <c>reply-to</c> is rewritten to; empty while there is no reply consumer.</summary>
    public ShortString ReplyAddress { get; private set; }

    public int Count => _inOrder.Count;

    /// <summary>True when a queue's consumer has this tag; that of the reply consumer may be used once more, as in RabbitMQ.</summary>
    public bool Contains(ShortString tag) => _byTag?.Find(tag.Span) is not null;

    public void Add(Consumer consumer)
    {
        _byTag ??= new NameTable<Consumer>(channel.Host.Names);
        _byTag.Add(consumer.Tag, consumer);
        consumer.ChannelNode = _inOrder.AddLast(consumer);
    }

    /// <summary>The client cancels; a tag that does not exist is no error.</summary>
    public void Cancel(ShortString tag)
    {
        if (!ReplyAddress.IsEmpty && _replyTag == tag)
        {
            CloseReplyAddress();
        }
        else if (_byTag?.Find(tag.Span) is { } consumer)
        {
            Forget(consumer);
            consumer.Queue.RemoveConsumer(consumer);
        }
    }

    /// <summary>The queue is gone: the client is told if it said that it understands.</summary>
    public void CancelByServer(Consumer consumer)
    {
        Forget(consumer);
        consumer.Queue.RemoveConsumer(consumer);
        if (channel.Connection.TakesCancel)
            channel.Send(new BasicCancel(consumer.Tag, NoWait: true));
    }

    /// <summary>Ends the consumers of queues that may not be read any more, as when their queues were gone.</summary>
    public void CancelForbidden(Authority authority)
    {
        foreach (var consumer in _inOrder.ToArray())
        {
            // The end of another one may have taken it along, with an auto-delete queue.
            if (consumer.ChannelNode!.List is not null && !authority.Allows(Permission.Read, consumer.Queue.Name.Span))
                CancelByServer(consumer);
        }
    }

    public void OpenReplyAddress(ShortString tag)
    {
        _replyTag = tag;
        ReplyAddress = channel.Host.ReplyAddresses.Open(channel);
    }

    /// <summary>Gives a reply to the caller behind the reply address. Replies never wait in a queue, so they are appended in any case.</summary>
    public void DeliverReply(Message message)
    {
        var deliver = new BasicDeliver(_replyTag, channel.NextDeliveryTag(), false, message.Exchange, message.RoutingKey);
        channel.SendContent(deliver, message);
    }

    public void RefreshReadiness()
    {
        foreach (var consumer in _inOrder)
            consumer.RefreshReadiness();
    }

    public void RemoveAll()
    {
        CloseReplyAddress();
        var consumers = _inOrder.ToArray();
        _inOrder.Clear();
        _byTag = null;
        foreach (var consumer in consumers)
            consumer.Queue.RemoveConsumer(consumer);
    }

    private void Forget(Consumer consumer)
    {
        _inOrder.Remove(consumer.ChannelNode!);
        _byTag!.Remove(consumer.Tag);
    }

    private void CloseReplyAddress()
    {
        channel.Host.ReplyAddresses.Close(ReplyAddress);
        ReplyAddress = default;
    }
}
