using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The queue class (AMQP 0-9-1 section 1.7).</summary>
internal static class QueueClass
{
    public static void Declare(Channel channel, in QueueDeclare declare)
    {
        var name = EntityName.Read(declare.Queue);
        if (ReplyAddresses.IsMeant(name.Span))
            DeclareReplyAddress(channel, name, declare.NoWait);
        else
            Answer(channel, declare.Passive ? FindPassively(channel, name) : DeclareActively(channel, name, declare), declare.NoWait);
    }

    public static void Bind(Channel channel, in QueueBind bind)
    {
        var host = channel.Host;
        var exchangeName = ExchangeClass.NotDefault(bind.Exchange);
        var queueName = Resolve(channel, bind.Queue);
        CheckBindable(host, queueName);
        host.Queues.Find(queueName.Span)?.CheckAccess(channel.Connection);
        var exchange = host.Exchanges.Require(exchangeName);
        var queue = host.Queues.Require(queueName, channel.Connection);
        var key = KeyOf(bind.Queue, bind.RoutingKey, queueName);
        exchange.Router.Check(key, bind.Arguments);
        host.Bindings.Add(exchange, queue, key, bind.Arguments);
        if (!bind.NoWait)
            channel.Send(default(QueueBindOk));
    }

    // Idempotent: what is not there is unbound already.
    public static void Unbind(Channel channel, in QueueUnbind unbind)
    {
        var host = channel.Host;
        var exchangeName = ExchangeClass.NotDefault(unbind.Exchange);
        var queueName = Resolve(channel, unbind.Queue);
        var queue = host.Queues.Find(queueName.Span);
        queue?.CheckAccess(channel.Connection);
        if (queue is not null && host.Exchanges.Find(exchangeName.Span) is { } exchange)
            host.Bindings.Remove(exchange, queue, KeyOf(unbind.Queue, unbind.RoutingKey, queueName), unbind.Arguments);
        channel.Send(default(QueueUnbindOk));
    }

    public static void Purge(Channel channel, in QueuePurge purge)
    {
        var count = channel.Host.Queues.Require(Resolve(channel, purge.Queue), channel.Connection).Purge();
        if (!purge.NoWait)
            channel.Send(new QueuePurgeOk(count));
    }

    public static void Delete(Channel channel, in QueueDelete delete)
    {
        var host = channel.Host;
        var name = Resolve(channel, delete.Queue);
        var queue = host.Queues.Find(name.Span);
        queue?.CheckAccess(channel.Connection);
        if (delete.IfUnused && queue?.Consumers.Count > 0)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("queue", name)} in use");
        if (delete.IfEmpty && queue?.ReadyCount > 0)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("queue", name)} not empty");
        if (!delete.NoWait)
            channel.Send(new QueueDeleteOk((uint)(queue?.ReadyCount ?? 0))); // Before the consumers hear of it.
        if (queue is not null)
            host.Queues.Delete(queue);
    }

    /// <summary>The queue's name; the empty one is the queue last declared on this channel.</summary>
    public static ShortString Resolve(Channel channel, ShortString name)
    {
        name = EntityName.Read(name);
        if (!name.IsEmpty)
            return name;
        return channel.LastQueue.IsEmpty ? throw new ChannelException(ReplyCode.NotFound, "no previously declared queue") : channel.LastQueue;
    }

    private static Queue FindPassively(Channel channel, ShortString name) =>
        channel.Host.Queues.Require(Resolve(channel, name), channel.Connection);

    private static Queue DeclareActively(Channel channel, ShortString name, in QueueDeclare declare)
    {
        var host = channel.Host;
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"queue name '{name}' contains reserved prefix 'amq.*'");
        if (name.IsEmpty)
            name = EntityName.Generate("amq.gen-"u8, host.Entropy);
        if (host.Queues.Find(name.Span) is { } existing)
        {
            Equivalence.Check(existing, declare, channel.Connection, host.Describe("queue", name));
            return existing;
        }
        var described = host.Describe("queue", name);
        var type = ArgumentCheck.TypeOf(declare.Arguments, described);
        if (type == QueueType.Quorum)
            ArgumentCheck.CheckQuorum(declare, described);
        ArgumentCheck.Check(declare.Arguments, type, host.Options.Profile, described);
        var queue = new Queue(host, name.ToOwned(), type, declare.Arguments.ToOwned())
        {
            Durable = declare.Durable && !declare.Exclusive, // It ends with its connection: there is nothing to keep.
            AutoDelete = declare.AutoDelete,
            Owner = declare.Exclusive ? channel.Connection : null,
        };
        host.Queues.Add(queue);
        return queue;
    }

    private static void Answer(Channel channel, Queue queue, bool noWait)
    {
        channel.LastQueue = queue.Name;
        queue.Touch();
        if (!noWait)
            channel.Send(new QueueDeclareOk(queue.Name, (uint)queue.ReadyCount, (uint)queue.Consumers.Count));
    }

    // Tells a server whether its caller still lives, without a message.
    private static void DeclareReplyAddress(Channel channel, ShortString name, bool noWait)
    {
        if (!name.Span.SequenceEqual(ReplyAddresses.PseudoQueue) && channel.Host.ReplyAddresses.Find(name.Span) is null)
            throw channel.Host.Queues.NotFound(name);
        channel.LastQueue = name.ToOwned();
        if (!noWait)
            channel.Send(new QueueDeclareOk(name, 0, 1));
    }

    private static void CheckBindable(VirtualHost host, ShortString name)
    {
        if (ReplyAddresses.IsMeant(name.Span))
            throw new ChannelException(ReplyCode.AccessRefused, $"operation not permitted on volatile {host.Describe("queue", name)}");
    }

    private static ShortString KeyOf(ShortString queueAsSent, ShortString key, ShortString queueName) =>
        queueAsSent.IsEmpty && key.IsEmpty ? queueName : key;
}
