using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Where one message goes: each queue once, each exchange visited once, whatever the number of ways. One object serves all messages.
/// </summary>
internal sealed class Routes(VirtualHost host)
{
    private readonly List<Queue> _queues = [];
    private readonly List<Channel> _callers = [];
    private readonly List<Exchange> _exchanges = [];
    private readonly List<ShortString> _copies = [];
    private long _routing;
    private int _matches;

    /// <summary>The queues that take the message.</summary>
    public ReadOnlySpan<Queue> Queues => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_queues);

    /// <summary>The channels that wait for it as a direct reply.</summary>
    public ReadOnlySpan<Channel> Callers => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_callers);

    public bool IsEmpty => _queues.Count == 0 && _callers.Count == 0;

    /// <summary>Forgets the last message's ways and finds this one's. An exchange that was deleted meanwhile has none.</summary>
    public void Find(Exchange exchange, Message message)
    {
        _routing++;
        _queues.Clear();
        _callers.Clear();
        _exchanges.Clear();
        var properties = message.Properties;
        _copies.Clear();
        if ((message.PropertyFlags & PropertyFlags.Headers) != 0 && !message.IsRoutedByKeyOnly)
            CarbonCopies.Collect(_copies, properties, message.BlindCopies);
        Add(exchange);
        for (var i = 0; i < _exchanges.Count; i++) // Grows while it is walked.
            Visit(_exchanges[i], message.RoutingKeySpan, properties);
    }

    /// <summary>Checks a message's further routing keys.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public void CheckCopies(Message message) => CarbonCopies.Collect(_copies, message.Properties, message.BlindCopies);

    public void Add(Destination destination)
    {
        _matches++;
        if (destination.RoutedBy == _routing)
            return;
        destination.RoutedBy = _routing;
        if (destination is Queue queue)
            _queues.Add(queue);
        else
            _exchanges.Add((Exchange)destination);
    }

    public void Add(Channel caller)
    {
        _matches++;
        if (!_callers.Contains(caller))
            _callers.Add(caller);
    }

    private void Visit(Exchange exchange, ReadOnlySpan<byte> routingKey, PropertiesView properties)
    {
        _matches = 0;
        exchange.Router.Route(routingKey, properties, this);
        foreach (var copy in _copies)
            exchange.Router.Route(copy.Span, properties, this);
        if (_matches == 0 && exchange.Alternate is { } name && host.Exchanges.Find(name.Span) is { } alternate)
            Add(alternate);
    }
}
