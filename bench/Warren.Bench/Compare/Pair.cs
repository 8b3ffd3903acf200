namespace Warren.Bench.Compare;

/// <summary>A peer (client and server of that kind) on a broker: what one row of the comparison measures.</summary>
internal sealed record Pair(string Peer, string Broker)
{
    /// <summary>What calls per second are compared with.</summary>
    public static readonly Pair Baseline = new("rabbitmq-client", "rabbitmq");

    /// <summary>What the median of one call at a time is compared with.</summary>
    public static readonly Pair Limit = new("relay", "relay");

    /// <summary>What Warren's other ways to call are compared with.</summary>
    public static readonly Pair Plain = new("warren", "warren");

    /// <summary>The same with the types of a contract's method.</summary>
    public static readonly Pair Typed = new("warren-typed", "warren");

    /// <summary>Warren on RabbitMQ, which is compared with other frameworks there.</summary>
    public static readonly Pair Framework = new("masstransit", "rabbitmq");

    /// <summary>The same, as it is without a word of configuration.</summary>
    public static readonly Pair FrameworkAsItComes = new("masstransit-defaults", "rabbitmq");

    public static readonly IReadOnlyList<Pair> Default =
    [
        Limit,
        Plain,
        Typed,
        new("warren-contract", "warren"),
        new("warren-safe", "warren"),
        new("rabbitmq-client", "warren"),
        new("warren", "rabbitmq"),
        Baseline,
        Framework,
        FrameworkAsItComes,
        new("warren-in-process", "none"),
    ];

    /// <summary>Reads "peer@broker"; the broker may be a URI, which has an @ of its own.</summary>
    public static Pair Parse(string text) => text.Split('@', 2) is [var peer, var broker]
        ? new Pair(peer, broker)
        : throw new ArgumentException($"'{text}' is not of the form peer@broker, such as rabbitmq-client@rabbitmq.");

    public override string ToString() => this == Limit ? "TCP relay, four hops" : $"{Peer} on {Broker}";
}
