namespace Warren.Engine;

/// <summary>
/// What a channel in transaction mode has published and settled since the last commit. Acknowledgements are checked when they come,
/// and a rollback leaves their deliveries unacknowledged, not requeued, as RabbitMQ does.
/// </summary>
internal sealed class Transaction(Channel channel)
{
    private readonly List<Publish> _publishes = [];
    private readonly List<Settlement> _settlements = [];

    private readonly record struct Publish(Exchange Exchange, Message Message, bool Mandatory);

    private readonly record struct Settlement(ulong Tag, Outcome Outcome);

    /// <summary>For the count of references.</summary>
    public IEnumerable<Message> Messages => _publishes.ConvertAll(static publish => publish.Message);

    public void Add(Exchange exchange, Message message, bool mandatory)
    {
        message.AddReference();
        _publishes.Add(new Publish(exchange, message, mandatory));
    }

    public void Settle(ref Delivery delivery, Outcome outcome)
    {
        delivery.IsInTransaction = true;
        _settlements.Add(new Settlement(delivery.Tag, outcome));
    }

    public void Commit()
    {
        foreach (var (exchange, message, mandatory) in _publishes)
        {
            message.PublishedAtTicks = channel.Host.NowTicks;
            channel.Publisher.Publish(exchange, message, mandatory);
            message.Release();
        }
        foreach (var (tag, outcome) in _settlements)
        {
            if (channel.Unacknowledged.TryTake(tag, out var delivery))
                channel.Settle(delivery, outcome);
        }
        _publishes.Clear();
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
}
