using Warren.Amqp;

namespace Warren.Simulation;

/// <summary>A queue from its declaration to its end; one that is declared again is another.</summary>
internal sealed class QueueModel(string name, Boundary declared)
{
    public string Name { get; } = name;

    public ShortString Wire { get; } = name;

    public bool IsDurable { get; init; }

    public bool IsQuorum { get; init; }

    /// <summary>0 for none.</summary>
    public int MaxPriority { get; init; }

    /// <summary>0 for none.</summary>
    public int TimeToLiveMs { get; init; }

    /// <summary>0 for none.</summary>
    public int MaxLength { get; init; }

    public bool RejectsPublish { get; init; }

    /// <summary>0 for none.</summary>
    public int DeliveryLimit { get; init; }

    /// <summary>Where its dead letters go, by the default exchange; null for nowhere.</summary>
    public string? DeadLettersTo { get; init; }

    public Boundary Declared { get; set; } = declared;

    public Boundary? Deleted { get; set; }

    public bool Exists => Deleted is null;

    /// <summary>In the order in which they came.</summary>
    public List<Entry> Entries { get; } = [];

    public int Consumers { get; set; }

    /// <summary>basic.gets that no answer has come to.</summary>
    public int OpenGets { get; set; }

    public bool Keeps(SimMessage message) => IsDurable && (IsQuorum || message.IsPersistent);

    public int LevelOf(SimMessage message) => MaxPriority == 0 ? 0 : Math.Min(message.Priority, MaxPriority);

    public Entry? Find(SimMessage message)
    {
        foreach (var entry in Entries)
        {
            if (entry.Message == message)
                return entry;
        }
        return null;
    }

    public FieldTable Arguments()
    {
        var arguments = new FieldTableBuilder();
        if (IsQuorum)
            arguments.Add("x-queue-type", "quorum");
        if (MaxPriority > 0)
            arguments.Add("x-max-priority", MaxPriority);
        if (TimeToLiveMs > 0)
            arguments.Add("x-message-ttl", TimeToLiveMs);
        if (MaxLength > 0)
            arguments.Add("x-max-length", MaxLength);
        if (RejectsPublish)
            arguments.Add("x-overflow", "reject-publish");
        if (DeliveryLimit > 0)
            arguments.Add("x-delivery-limit", DeliveryLimit);
        if (DeadLettersTo is not null)
            arguments.Add("x-dead-letter-exchange", "").Add("x-dead-letter-routing-key", DeadLettersTo);
        return arguments.ToTable();
    }
}
