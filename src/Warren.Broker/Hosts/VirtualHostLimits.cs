namespace Warren.Broker;

/// <summary>How much there may be in one virtual host (https://www.rabbitmq.com/docs/vhosts#limits). What exists already stays.</summary>
public sealed record VirtualHostLimits
{
    private readonly int? _maxConnections;
    private readonly int? _maxQueues;

    /// <summary>No limits.</summary>
    public static VirtualHostLimits None { get; } = new();

    /// <summary>How many connections, 0 or more; null for any number.</summary>
    public int? MaxConnections
    {
        get => _maxConnections;
        init => _maxConnections = UserAccount.NotNegative(value);
    }

    /// <summary>How many queues, 0 or more; null for any number.</summary>
    public int? MaxQueues
    {
        get => _maxQueues;
        init => _maxQueues = UserAccount.NotNegative(value);
    }
}
