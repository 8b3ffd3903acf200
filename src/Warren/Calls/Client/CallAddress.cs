using System.Collections.Concurrent;
using Warren.Amqp;

namespace Warren;

/// <summary>
/// Where calls go, and what was last heard of its servers: a queue by the default exchange, or a contract by <see cref="ContractTopology.Exchange"/>.
/// Either way there is one queue behind it, of the address's name.
/// </summary>
internal sealed class CallAddress(string name, bool isContract)
{
    private volatile bool _hasServer;

    public string Name => name;

    public bool IsContract => isContract;

    /// <summary>True when its queue never gives a request to a second server, so that what comes back from it was given to none.</summary>
    public bool GivesOnce { get; set; }

    public ShortString Exchange { get; } = isContract ? ContractTopology.EncodedExchange : default;

    public ShortString RoutingKey => Queue;

    /// <summary>The queue behind it, when that has another name than people should read.</summary>
    public ShortString Queue { get; init; } = name;

    /// <summary>What people call it, whichever of its queues a request is in: the queue, or the contract's address.</summary>
    public string Service { get; } = isContract && name.EndsWith(SafeCalls.QueueSuffix, StringComparison.Ordinal) ? name[..^SafeCalls.QueueSuffix.Length] : name;

    /// <summary>True when the broker should drop a request that no server can take at once.</summary>
    public bool OnlyIfFree { get; init; }

    /// <summary>True once a server was seen: from then on a request goes out without asking first.</summary>
    public bool HasServer
    {
        get => _hasServer;
        set => _hasServer = value;
    }

    /// <summary>The question that is under way, shared by all who ask. Guarded by this object's lock.</summary>
    public Task<QueueState>? Asking { get; set; }

    /// <summary>The last answer. Guarded by this object's lock.</summary>
    public QueueState State { get; set; }

    /// <summary>When the last answer came, as a timestamp of the bus's clock. Guarded by this object's lock.</summary>
    public long StateAt { get; set; } = long.MinValue;
}

/// <summary>The addresses of a bus by name. Bounded: names that come from input must not fill the memory.</summary>
internal sealed class CallAddresses(bool areContracts, bool onlyIfFree = false)
{
    private const int Limit = 4096;

    private readonly ConcurrentDictionary<string, CallAddress> _byName = new(StringComparer.Ordinal);
    private int _count;

    public CallAddress Get(string name)
    {
        if (_byName.TryGetValue(name, out var address))
            return address;
        ArgumentException.ThrowIfNullOrEmpty(name);
        address = new CallAddress(name, areContracts) { OnlyIfFree = onlyIfFree };
        if (Interlocked.Increment(ref _count) > Limit)
        {
            _byName.Clear(); // Those in use come back, and are asked for their servers once more.
            Interlocked.Exchange(ref _count, 1);
        }
        return _byName.GetOrAdd(name, address);
    }

    /// <summary>After a reconnect nothing is known any more.</summary>
    public void Forget()
    {
        foreach (var address in _byName.Values)
            address.HasServer = false;
    }
}

/// <summary>What a broker says of a queue.</summary>
/// <param name="Known">False when it could not be asked.</param>
/// <param name="Exists">False when there is no such queue.</param>
/// <param name="Consumers">How many consumers it has.</param>
/// <param name="Messages">How many messages are ready in it.</param>
internal readonly record struct QueueState(bool Known, bool Exists, uint Consumers, uint Messages)
{
    /// <summary>True when it is certain that nobody serves.</summary>
    public bool HasNoServer => Known && (!Exists || Consumers == 0);

    public string Describe(string queue) =>
        !Known ? $"the broker did not say whether queue {queue} has consumers"
        : !Exists ? $"queue {queue} does not exist"
        : $"queue {queue} has {Count(Consumers, "consumer")}, {Count(Messages, "request")} waiting";

    public string DescribeNoServer(string queue) => Exists ? $"no server: queue {queue} has 0 consumers" : $"no server: queue {queue} does not exist";

    private static string Count(uint number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
