using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What all connections of one engine share: exchanges, queues, bindings, and what a step has left to do.</summary>
internal sealed class VirtualHost
{
    public VirtualHost(EngineOptions options, IEffects effects, IEntropy entropy, IJournal? journal)
    {
        Options = options;
        Effects = effects;
        Entropy = entropy;
        Records = journal is null ? null : new HostRecords(journal);
        Pager = Records is null || options.Bodies is null ? null : new Pager(this, Records, options.Bodies);
        Span<byte> seed = stackalloc byte[8];
        entropy.Fill(seed);
        Stamps = MessageStamps.Of(this);
        Names = new NameComparer(BinaryPrimitives.ReadUInt64LittleEndian(seed));
        Bindings = new BindingTable(this);
        Queues = new QueueDirectory(this);
        ReplyAddresses = new ReplyAddresses(this);
        Routes = new Routes(this);
        DeadLetters = new DeadLetters(this);
        PendingDeliveries = new PendingDeliveries(this);
        Exchanges = new ExchangeDirectory(this);
    }

    public EngineOptions Options { get; }

    public IEffects Effects { get; }

    public IEntropy Entropy { get; }

    /// <summary>What is kept in the journal; null where nothing is kept.</summary>
    public HostRecords? Records { get; }

    /// <summary>Who keeps messages within the budget; null where all stay in memory.</summary>
    public Pager? Pager { get; }

    public NameComparer Names { get; }

    public ExchangeDirectory Exchanges { get; }

    public QueueDirectory Queues { get; }

    public BindingTable Bindings { get; }

    /// <summary>Those that hold messages back, or may.</summary>
    public List<DelayedRouter> DelayedRouters { get; } = [];

    public ReplyAddresses ReplyAddresses { get; }

    public Routes Routes { get; }

    public DeadLetters DeadLetters { get; }

    /// <summary>The firehose; null while it is off.</summary>
    public Tracer? Tracer { get; set; }

    /// <summary>What is written into every message that is published; null for nothing.</summary>
    public MessageStamps? Stamps { get; }

    public DeadlineHeap Deadlines { get; } = new();

    public MessagePool Messages { get; } = new();

    public PendingDeliveries PendingDeliveries { get; }

    /// <summary>True when deliveries or dead letters wait for the end of the step.</summary>
    public bool HasLeftovers { get; set; }

    public PendingConfirms PendingConfirms { get; } = new();

    /// <summary>The policies that hold.</summary>
    public PolicySet Policies { get; private set; } = PolicySet.Empty;

    /// <summary>The shortest time that a quorum queue, or a consumer of one, ever had of its own to acknowledge in.</summary>
    public long ShortestConsumerTimeoutTicks { get; set; } = long.MaxValue;

    /// <summary>Every alarm that stands in the broker.</summary>
    public Alarms Alarms { get; set; }

    /// <summary>The host's time in this step, in ticks of 100 ns.</summary>
    public long NowTicks { get; set; }

    /// <summary>Other policies from now on: every queue and every exchange looks which ones are for it.</summary>
    public void Apply(PolicySet policies)
    {
        Policies = policies;
        foreach (var queue in Queues.InOrder())
            queue.ApplyPolicies();
        foreach (var exchange in Exchanges.InOrder())
            exchange.Policy = policies.ForExchange(exchange.Name, Options.Profile);
    }

    /// <summary>How queues, exchanges and the like are called in reply texts.</summary>
    public string Describe(string kind, ShortString name) => $"{kind} '{name}' in vhost '{Options.VirtualHost}'";
}
