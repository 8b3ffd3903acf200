using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Where one message goes: each queue once, each exchange visited once, whatever the number of ways. One object serves all messages.
/// </summary>
internal sealed class Routes(VirtualHost host)
{
    /// <summary>
    /// How many lookups a message's further keys may cause: 1,024 keys pass 256 exchanges. Without a bound one publish through a long chain
    /// would keep the broker for as long as it likes.
    /// </summary>
    private const int MaxLookups = 1024 * 256;

    private readonly List<Queue> _queues = [];
    private readonly List<Channel> _callers = [];
    private readonly List<Exchange> _exchanges = [];
    private readonly List<ShortString> _copies = [];
    private long _routing;
    private int _matches;
    private bool _isHeld;

    /// <summary>The queues that take the message.</summary>
    public ReadOnlySpan<Queue> Queues => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_queues);

    /// <summary>The channels that wait for it as a direct reply.</summary>
    public ReadOnlySpan<Channel> Callers => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_callers);

    /// <summary>True when it goes nowhere. One that an exchange holds for later does not.</summary>
    public bool IsEmpty => _queues.Count == 0 && _callers.Count == 0 && !_isHeld;

    /// <summary>True when an exchange on its way holds it for later.</summary>
    public bool IsHeld => _isHeld;

    /// <summary>How many further routing keys the message has.</summary>
    public int CopyCount => _copies.Count;

    /// <summary>Forgets the last message's ways and finds this one's. An exchange that was deleted meanwhile has none.</summary>
    /// <returns>False when its further keys are too many for the exchanges on its way: it goes nowhere.</returns>
    /// <exception cref="ChannelException">406: as <see cref="CheckCopies"/>. Nothing has got it.</exception>
    public bool Find(Exchange exchange, Message message)
    {
        _routing++;
        _queues.Clear();
        _callers.Clear();
        _exchanges.Clear();
        _isHeld = false;
        var properties = message.Properties;
        _copies.Clear();
        if (message is { MayHaveCopies: true, IsRoutedByKeyOnly: false })
            CarbonCopies.Collect(_copies, message);
        Add(exchange);
        for (var i = 0; i < _exchanges.Count; i++) // Grows while it is walked.
        {
            if ((i + 1L) * _copies.Count > MaxLookups)
                return false;
            Visit(_exchanges[i], message, properties);
        }
        return true;
    }

    /// <summary>Checks a message's further routing keys.</summary>
    /// <returns>The keys, until the next message.</returns>
    /// <exception cref="ChannelException">406.</exception>
    public IReadOnlyList<ShortString> CheckCopies(Message message)
    {
        CarbonCopies.Collect(_copies, message);
        return _copies;
    }

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

    private void Visit(Exchange exchange, Message message, PropertiesView properties)
    {
        var router = exchange.Router;
        if (router is DelayedRouter delayed && delayed.TryHold(exchange, message))
        {
            _isHeld = true;
            return;
        }
        _matches = 0;
        router.Route(message.RoutingKeySpan, properties, this);
        if (router.UsesKeys)
        {
            foreach (var copy in _copies)
                router.Route(copy.Span, properties, this);
        }
        if (_matches == 0 && exchange.Alternate is { } name && host.Exchanges.Find(name.Span) is { } alternate)
            Add(alternate);
    }
}
