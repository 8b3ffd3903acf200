using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The basic class without publish, which is the <see cref="Publisher"/>'s (AMQP 0-9-1 section 1.8).</summary>
internal static class BasicClass
{
    public static void Qos(Channel channel, in BasicQos qos)
    {
        if (qos.PrefetchSize != 0)
            throw new ConnectionException(ReplyCode.NotImplemented, $"prefetch_size!=0 ({qos.PrefetchSize})");
        var isShared = qos.Global && channel.Host.Options.Profile.SharesGlobalPrefetch;
        if (!isShared)
            channel.ConsumerPrefetch = qos.PrefetchCount;
        channel.PrefetchLimit = isShared ? qos.PrefetchCount : 0; // Consumers' own limits lift the channel's, as in RabbitMQ.
        channel.Send(default(BasicQosOk));
        channel.Consumers.RefreshReadiness();
    }

    public static void Consume(Channel channel, in BasicConsume consume)
    {
        var queueName = QueueClass.Resolve(channel, consume.Queue); // Before everything else, as in RabbitMQ.
        if (!consume.ConsumerTag.IsEmpty && channel.Consumers.Contains(consume.ConsumerTag))
            throw new ConnectionException(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{consume.ConsumerTag}'");
        if (channel.Consumers.Count >= channel.Host.Options.MaxConsumersPerChannel)
        {
            throw new ConnectionException(
                ReplyCode.NotAllowed, $"reached maximum ({channel.Host.Options.MaxConsumersPerChannel}) of consumers per channel");
        }
        if (queueName.Span.SequenceEqual(ReplyAddresses.PseudoQueue))
            ConsumeReplies(channel, consume);
        else
            ConsumeQueue(channel, queueName, consume);
    }

    public static void Cancel(Channel channel, in BasicCancel cancel)
    {
        channel.Consumers.Cancel(cancel.ConsumerTag);
        if (!cancel.NoWait)
            channel.Send(new BasicCancelOk(cancel.ConsumerTag));
    }

    public static void Get(Channel channel, in BasicGet get)
    {
        var queueName = QueueClass.Resolve(channel, get.Queue);
        channel.RequireQueue(Permission.Read, queueName);
        var queue = channel.Host.Queues.Require(queueName, channel.Connection);
        if (queue is { IsQuorum: true, Consumers.HasSingleActive: true })
            throw NotBeside(channel.Host, queue);
        if (!queue.TryTake(out var message, out var position, out var redelivered))
        {
            channel.Send(default(BasicGetEmpty));
            return;
        }
        if (queue.Records?.MayShow(message, position, redelivered) == false)
            channel.AwaitJournal(); // After a crash it would come again as if for the first time.
        var tag = channel.NextDeliveryTag();
        var getOk = new BasicGetOk(tag, redelivered, message.Exchange, message.RoutingKey, (uint)queue.ReadyCount);
        channel.SendContent(getOk, message, queue.PropertiesOf(message, position));
        channel.Host.Tracer?.Delivered(channel, queue, message, redelivered);
        if (get.NoAck)
            queue.Acknowledge(message, position);
        else
            channel.Hold(tag, queue, message, position, consumer: null);
    }

    public static void Ack(Channel channel, in BasicAck ack) => Settle(channel, ack.DeliveryTag, ack.Multiple, Outcome.Acknowledged);

    public static void Nack(Channel channel, in BasicNack nack) =>
        Settle(channel, nack.DeliveryTag, nack.Multiple, nack.Requeue ? Returned(channel) : Outcome.Rejected);

    public static void Reject(Channel channel, in BasicReject reject) =>
        Settle(channel, reject.DeliveryTag, multiple: false, reject.Requeue ? Outcome.Requeued : Outcome.Rejected);

    public static void Recover(Channel channel, in BasicRecover recover)
    {
        Recover(channel, recover.Requeue);
        channel.Send(default(BasicRecoverOk));
    }

    public static void RecoverAsync(Channel channel, in BasicRecoverAsync recover) => Recover(channel, recover.Requeue);

    private static void ConsumeQueue(Channel channel, ShortString queueName, in BasicConsume consume)
    {
        channel.RequireQueue(Permission.Read, queueName);
        var queue = channel.Host.Queues.Require(queueName, channel.Connection);
        var described = channel.Host.Describe("queue", queue.Name);
        var priority = ConsumerArguments.Check(consume.Arguments, queue.Type, described);
        if (queue.IsQuorum && channel.PrefetchLimit != 0)
            throw new ConnectionException(ReplyCode.NotImplemented, $"{described} does not support global qos");
        var isExclusive = consume.Exclusive && !queue.IsQuorum; // A quorum queue does not look at it, whatever else consumes.
        if (queue.Consumers.Exclusive is not null || (isExclusive && (queue.Consumers.Count > 0 || queue.Consumers.HasSingleActive)))
            throw new ChannelException(ReplyCode.AccessRefused, $"{described} in exclusive use");
        var consumer = new Consumer(channel, queue, TagOf(channel, consume), consume.NoAck, channel.ConsumerPrefetch, priority)
        {
            Timeout = ConsumerTimeout.Of(consume.Arguments, channel.Host.Options.Profile),
        };
        if (queue.IsQuorum && !consume.NoAck && consumer.Timeout is { } timeout)
            channel.Host.ShortestConsumerTimeoutTicks = Math.Min(channel.Host.ShortestConsumerTimeoutTicks, timeout.Ticks);
        channel.Consumers.Add(consumer);
        if (!consume.NoWait)
            channel.Send(new BasicConsumeOk(consumer.Tag));
        queue.Consumers.Add(consumer, isExclusive);
    }

    private static void ConsumeReplies(Channel channel, in BasicConsume consume)
    {
        if (!consume.NoAck)
            throw new ChannelException(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge");
        if (!channel.Consumers.ReplyAddress.IsEmpty)
            throw new ChannelException(ReplyCode.PreconditionFailed, "reply consumer already set");
        var tag = TagOf(channel, consume);
        channel.Consumers.OpenReplyAddress(tag);
        if (!consume.NoWait)
            channel.Send(new BasicConsumeOk(tag));
    }

    private static ShortString TagOf(Channel channel, in BasicConsume consume) =>
        consume.ConsumerTag.IsEmpty ? EntityName.Generate("amq.ctag-"u8, channel.Host.Entropy) : consume.ConsumerTag.ToOwned();

    // A client that gives a message back of its own accord.
    private static Outcome Returned(Channel channel) => channel.Host.Options.Profile.CountsNackAsReturn ? Outcome.Requeued : Outcome.Returned;

    private static void Settle(Channel channel, ulong tag, bool multiple, Outcome outcome)
    {
        var unacknowledged = channel.Unacknowledged;
        var isAll = multiple && tag == 0;
        if (!isAll && unacknowledged.Find(tag) < 0)
            throw UnknownTag(tag);
        if (channel.Transaction is { } transaction)
            SettleLater(transaction, unacknowledged, isAll ? ulong.MaxValue : tag, multiple, outcome);
        else if (multiple)
            SettleUpTo(channel, isAll ? ulong.MaxValue : tag, outcome);
        else if (unacknowledged.TryTake(tag, out var delivery))
            channel.Settle(delivery, outcome);
    }

    private static ChannelException NotBeside(VirtualHost host, Queue queue) => new(
        ReplyCode.ResourceLocked,
        $"cannot obtain access to locked {host.Describe("queue", queue.Name)}. basic.get operations are not supported by quorum queues with single active "
        + "consumer");

    private static ChannelException UnknownTag(ulong tag) => new(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");

    private static void SettleUpTo(Channel channel, ulong tag, Outcome outcome)
    {
        while (channel.Unacknowledged.TryTakeFirst(tag, out var delivery))
            channel.Settle(delivery, outcome);
    }

    private static void SettleLater(Transaction transaction, Unacknowledged unacknowledged, ulong tag, bool multiple, Outcome outcome)
    {
        if (!multiple)
        {
            transaction.Settle(ref unacknowledged.At(unacknowledged.Find(tag)), outcome);
            return;
        }
        for (var slot = 0; slot < unacknowledged.Slots && unacknowledged.At(slot).Tag <= tag; slot++)
        {
            ref var delivery = ref unacknowledged.At(slot);
            if (delivery is { Message: not null, IsInTransaction: false })
                transaction.Settle(ref delivery, outcome);
        }
    }

    private static void Recover(Channel channel, bool requeue)
    {
        if (!requeue)
            throw new ConnectionException(ReplyCode.NotImplemented, "requeue=false");
        if (channel.Transaction is null)
            SettleUpTo(channel, ulong.MaxValue, Returned(channel));
        else
            RequeueOutsideTransaction(channel);
    }

    // What the open transaction has settled is no longer the client's to get again, unless it rolls back.
    private static void RequeueOutsideTransaction(Channel channel)
    {
        var tags = new List<ulong>();
        for (var slot = 0; slot < channel.Unacknowledged.Slots; slot++)
        {
            if (channel.Unacknowledged.At(slot) is { Message: not null, IsInTransaction: false } delivery)
                tags.Add(delivery.Tag);
        }
        foreach (var tag in tags)
        {
            if (channel.Unacknowledged.TryTake(tag, out var delivery))
                channel.Settle(delivery, Returned(channel));
        }
    }
}
