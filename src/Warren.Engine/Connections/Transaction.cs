namespace Warren.Engine;

/// <summary>
/// What a channel in transaction mode has published and settled since the last commit. Acknowledgements are checked when they come,
/// and a rollback leaves their deliveries unacknowledged, not requeued, as RabbitMQ does.
/// </summary>
internal sealed class Transaction(Channel channel)
{
    private readonly Queue<Publish> _publishes = new();
    private readonly List<Settlement> _settlements = [];

    private readonly record struct Publish(Exchange Exchange, Message Message, bool Mandatory);

    private readonly record struct Settlement(ulong Tag, Outcome Outcome);

    /// <summary>For the count of references.</summary>
    public IEnumerable<Message> Messages => _publishes.Select(static publish => publish.Message);

    public void Add(Exchange exchange, Message message, bool mandatory)
    {
        message.AddReference();
        _publishes.Enqueue(new Publish(exchange, message, mandatory));
    }

    public void Settle(ref Delivery delivery, Outcome outcome)
    {
        delivery.IsInTransaction = true;
        _settlements.Add(new Settlement(delivery.Tag, outcome));
    }

    /// <exception cref="ChannelException">A message that cannot be routed ends it; those before it are published.</exception>
    public void Commit()
    {
        while (_publishes.TryDequeue(out var publish))
            Commit(publish);
        foreach (var (tag, outcome) in _settlements)
        {
            if (channel.Unacknowledged.TryTake(tag, out var delivery))
                channel.Settle(delivery, outcome);
        }
        _settlements.Clear();
    }

    public void Rollback()
    {
        for (var slot = 0; slot < channel.Unacknowledged.Slots; slot++)
            channel.Unacknowledged.At(slot).IsInTransaction = false;
        Abandon();
    }

    /// <summary>Lets go of what was published; the deliveries are the channel's.</summary>
    public void Abandon()
    {
        foreach (var publish in _publishes)
            publish.Message.Release();
        _publishes.Clear();
        _settlements.Clear();
    }

    private void Commit(in Publish publish)
    {
        try
        {
            publish.Message.PublishedAtTicks = channel.Host.NowTicks;
            channel.Publisher.Publish(publish.Exchange, publish.Message, publish.Mandatory);
        }
        finally
        {
            publish.Message.Release();
        }
    }
}
