using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The queues of a virtual host by name.</summary>
internal sealed class QueueDirectory(VirtualHost host)
{
    private readonly NameTable<Queue> _queues = new(host.Names);

    /// <summary>How many queues there are.</summary>
    public int Count => _queues.Count;

    /// <summary>How many queues there may be; null for any number.</summary>
    public int? MaxCount { get; set; }

    public Queue? Find(ReadOnlySpan<byte> name) => _queues.Find(name);

    /// <summary>Finds a queue that this connection may use.</summary>
    /// <exception cref="ChannelException">404 or 405.</exception>
    public Queue Require(ShortString name, Connection connection)
    {
        var queue = Require(name);
        queue.CheckAccess(connection);
        return queue;
    }

    /// <summary>Finds a queue.</summary>
    /// <exception cref="ChannelException">404.</exception>
    public Queue Require(ShortString name) => _queues.Find(name.Span) ?? throw NotFound(name);

    /// <exception cref="ChannelException">406: there are as many queues as there may be.</exception>
    public void RequireRoom(ShortString name)
    {
        if (_queues.Count >= MaxCount)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"cannot declare queue '{name}': queue limit in vhost '{host.Options.VirtualHost}' ({MaxCount}) is reached");
        }
    }

    public void Add(Queue queue)
    {
        _queues.Add(queue.Name, queue);
        queue.Owner?.Own(queue);
        host.Records?.Keep(queue);
    }

    /// <summary>Adds a queue that was recovered: its record is there.</summary>
    public void Restore(Queue queue) => _queues.Add(queue.Name, queue);

    public void Delete(Queue queue)
    {
        if (queue.IsDeleted)
            return;
        _queues.Remove(queue.Name);
        queue.End();
        host.Bindings.RemoveAllTo(queue);
    }

    public List<Queue> InOrder() => _queues.InOrder();

    public ChannelException NotFound(ShortString name) => new(ReplyCode.NotFound, $"no {host.Describe("queue", name)}");
}
