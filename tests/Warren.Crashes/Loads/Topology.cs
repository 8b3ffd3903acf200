using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>The queues that every run has. What dies in one of them goes to <see cref="Dead"/>.</summary>
internal static class Topology
{
    public const string Classic = "crash.classic";
    public const string Quorum = "crash.quorum";
    public const string Priority = "crash.priority";
    public const string Polled = "crash.polled";     // Read by basic.get.
    public const string Expiring = "crash.expiring"; // Nobody reads it: its messages die of age.
    public const string Dead = "crash.dead";
    public const string Marks = "crash.marks";       // Whoever has acked publishes here: its confirm says that the acks are on disk too.

    /// <summary>How long a message lives in <see cref="Expiring"/>.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMilliseconds(300);

    /// <summary>Where publishers publish to.</summary>
    public static readonly string[] Published = [Classic, Quorum, Priority, Polled, Expiring];

    /// <summary>Those that a consumer reads while the load runs.</summary>
    public static readonly string[] Consumed = [Classic, Quorum, Priority, Dead];

    public static readonly string[] All = [.. Published, Dead, Marks];

    /// <summary>Whose rejected messages are gone.</summary>
    public static readonly string[] WithoutDeaths = [Marks];

    /// <summary>False makes <see cref="Quorum"/> a classic queue. Set once, before anything runs.</summary>
    public static bool HasQuorum { get; set; } = true;

    public static async Task DeclareAsync(IClientChannel channel)
    {
        await channel.DeclareQueueAsync(Dead, new Dictionary<string, object?>());
        await channel.DeclareQueueAsync(Marks, new Dictionary<string, object?>());
        foreach (var queue in Published)
            await channel.DeclareQueueAsync(queue, ArgumentsOf(queue));
        await channel.DeclareExchangeAsync(Definer.Routes);
    }

    private static Dictionary<string, object?> ArgumentsOf(string queue)
    {
        var arguments = new Dictionary<string, object?> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = Dead };
        if (queue == Quorum && HasQuorum)
            arguments["x-queue-type"] = "quorum";
        if (queue == Priority)
            arguments["x-max-priority"] = 3;
        if (queue == Expiring)
            arguments["x-message-ttl"] = (int)Age.TotalMilliseconds;
        return arguments;
    }
}
