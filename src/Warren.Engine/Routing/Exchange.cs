using Warren.Amqp;

namespace Warren.Engine;

/// <summary>An exchange: what it is, and the router that its type chose.</summary>
internal sealed class Exchange(ShortString name, ExchangeType type, Router router) : Destination(name)
{
    private EffectivePolicy _policy = EffectivePolicy.None;

    public ExchangeType Type { get; } = type;

    public Router Router { get; } = router;

    public bool Durable { get; init; }

    public bool AutoDelete { get; init; }

    public bool Internal { get; init; }

    public FieldTable Arguments { get; init; }

    /// <summary>The alternate exchange that its arguments name.</summary>
    public ShortString? OwnAlternate { get; init; }

    /// <summary>The policy that holds for it.</summary>
    public EffectivePolicy Policy
    {
        get => _policy;
        set
        {
            _policy = value;
            Alternate = OwnAlternate ?? value.Alternate;
        }
    }

    /// <summary>Where messages go that it cannot route.</summary>
    public ShortString? Alternate { get; private set; }

    /// <summary>True for the exchange without a name.</summary>
    public bool IsDefault { get; } = name.IsEmpty;

    public bool IsDeleted { get; set; }

    /// <summary>Its record in the journal; 0 when it has none.</summary>
    public ulong RecordId { get; set; }

    /// <summary>The bindings that start here, oldest first.</summary>
    public LinkedList<Binding> Outgoing { get; } = new();
}
