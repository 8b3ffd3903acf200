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
        var queueName = Resolve(channel, bind.Queue);
        channel.RequireQueue(Permission.Write, queueName);
        var exchangeName = ExchangeClass.NotDefault(bind.Exchange);
        channel.RequireExchange(Permission.Read, exchangeName);
        CheckBindable(host, queueName);
        if (host.Exchanges.Find(exchangeName.Span) is { } source)
            channel.RequireTopic(Permission.Read, source, bind.RoutingKey);
        var exchange = host.Exchanges.Require(exchangeName);
        var queue = host.Queues.Require(queueName);
        var key = KeyOf(bind.Queue, bind.RoutingKey, queueName);
        exchange.Router.Check(key, bind.Arguments);
        exchange.Router.Check(queue);
        queue.CheckAccess(channel.Connection); // After the binding itself, as in RabbitMQ.
        host.Bindings.Add(exchange, queue, key, bind.Arguments);
        if (bind.NoWait)
            return;
        if (BindingRecord.IsFor(exchange, queue))
            channel.AwaitJournal();
        channel.Send(default(QueueBindOk));
    }

    // Idempotent: what is not there is unbound already.
    public static void Unbind(Channel channel, in QueueUnbind unbind)
    {
        var host = channel.Host;
        var queueName = Resolve(channel, unbind.Queue);
        channel.RequireQueue(Permission.Write, queueName);
        var exchangeName = ExchangeClass.NotDefault(unbind.Exchange);
        channel.RequireExchange(Permission.Read, exchangeName);
        var exchange = host.Exchanges.Find(exchangeName.Span);
        if (exchange is not null)
            channel.RequireTopic(Permission.Read, exchange, unbind.RoutingKey);
        if (exchange is not null && host.Queues.Find(queueName.Span) is { } queue
            && host.Bindings.Find(exchange, queue, KeyOf(unbind.Queue, unbind.RoutingKey, queueName), unbind.Arguments) is { } binding)
        {
            queue.CheckAccess(channel.Connection); // Only now: another connection's queue hides no binding that is not there.
            host.Bindings.Remove(binding);
        }
        if (exchange is not { Durable: false })
            channel.AwaitJournal();
        channel.Send(default(QueueUnbindOk));
    }

    public static void Purge(Channel channel, in QueuePurge purge)
    {
        var name = Resolve(channel, purge.Queue);
        channel.RequireQueue(Permission.Read, name);
        var queue = channel.Host.Queues.Require(name, channel.Connection);
        var count = queue.Purge();
        if (purge.NoWait)
            return;
        if (queue.Durable)
            channel.AwaitJournal();
        channel.Send(new QueuePurgeOk(count));
    }

    public static void Delete(Channel channel, in QueueDelete delete)
    {
        var host = channel.Host;
        var name = Resolve(channel, delete.Queue);
        channel.RequireQueue(Permission.Configure, name);
        var queue = host.Queues.Find(name.Span);
        queue?.CheckAccess(channel.Connection);
        if (queue is { IsQuorum: true } && (delete.IfUnused || delete.IfEmpty))
            throw NotForQuorum(host, name, delete.IfUnused ? "if-unused" : "if-empty");
        if (delete.IfUnused && queue?.Consumers.Count > 0)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("queue", name)} in use");
        if (delete.IfEmpty && queue?.ReadyCount > 0)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"{host.Describe("queue", name)} not empty");
        if (!delete.NoWait && queue is not { Durable: false })
            channel.AwaitJournal(); // One that is gone already may be so only since this batch.
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

    private static Queue FindPassively(Channel channel, ShortString name)
    {
        name = Resolve(channel, name);
        channel.RequireAny("queue", name);
        return channel.Host.Queues.Require(name, channel.Connection);
    }

    private static Queue DeclareActively(Channel channel, ShortString name, in QueueDeclare declare)
    {
        var host = channel.Host;
        if (EntityName.IsReserved(name))
            throw new ChannelException(ReplyCode.AccessRefused, $"queue name '{name}' contains reserved prefix 'amq.*'");
        if (name.IsEmpty)
            name = GenerateName(host, declare.Arguments);
        channel.RequireQueue(Permission.Configure, name);
        if (host.Queues.Find(name.Span) is { } existing)
        {
            Equivalence.Check(existing, declare, channel.Connection, host.Options.Profile, host.Describe("queue", name));
            return existing;
        }
        host.Queues.RequireRoom(name);
        RequireDeadLetters(channel, name, declare.Arguments);
        var described = host.Describe("queue", name);
        var type = ArgumentCheck.Check(declare, host.Options.Profile, described);
        var queue = new Queue(host, name.ToOwned(), type, declare.Arguments.ToOwned())
        {
            Durable = declare.Durable && !declare.Exclusive, // It ends with its connection: there is nothing to keep.
            AutoDelete = declare.AutoDelete,
            Owner = declare.Exclusive ? channel.Connection : null,
        };
        host.Queues.Add(queue);
        return queue;
    }

    // Its dead letters are read from the queue and published, in the end by who declares it.
    private static void RequireDeadLetters(Channel channel, ShortString name, FieldTable arguments)
    {
        if (!arguments.TryGet("x-dead-letter-exchange"u8, out var value) || value.Type != FieldType.LongString)
            return;
        channel.RequireQueue(Permission.Read, name);
        if (value.Octets.Length <= ShortString.MaxLength) // Longer than any name: no letter will arrive.
            channel.RequireExchange(Permission.Write, new ShortString(value.Octets));
    }

    private static ShortString GenerateName(VirtualHost host, FieldTable arguments)
    {
        ArgumentCheck.CheckServerNamed(arguments);
        return EntityName.Generate("amq.gen-"u8, host.Entropy);
    }

    private static void Answer(Channel channel, Queue queue, bool noWait)
    {
        channel.LastQueue = queue.Name;
        queue.Touch();
        if (!noWait && queue.Durable)
            channel.AwaitJournal(); // Whoever has declared it: its record may not be on disk yet.
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

    private static ConnectionException NotForQuorum(VirtualHost host, ShortString name, string flag) => new(
        ReplyCode.NotImplemented,
        $"cannot delete {host.Describe("queue", name)}. queue.delete operations with {flag} flag set are not supported by quorum queues");

    private static ShortString KeyOf(ShortString queueAsSent, ShortString key, ShortString queueName) =>
        queueAsSent.IsEmpty && key.IsEmpty ? queueName : key;
}
