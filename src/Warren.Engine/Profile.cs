using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// The RabbitMQ release that a broker behaves as, where releases differ: one member per rule. What is the same in every profile is not here: 4096 octets are
/// always enough for frame_max, headers keep their order and their types, and a foreign protocol header is answered with that of AMQP 0-9-1.
/// </summary>
public sealed record Profile
{
    private Profile()
    {
    }

    /// <summary>RabbitMQ 3.10, the release that Debian has: for tests that compare with it.</summary>
    public static Profile V310 { get; } = new()
    {
        Version = "3.10.8",
        UnknownExchangeTypeCode = ReplyCode.CommandInvalid,
        MaxMessageOctets = 128 * 1024 * 1024,
        ChecksBodySize = false,
        TakesLeaderLocatorOnClassicQueue = false,
        DefaultDeliveryLimit = null,
        QuorumPriorities = QuorumPriorities.None,
        WritesDeliveryCountAtFirst = true,
        WritesLastDeath = false,
        KeepsCopiesBesideDeadLetterKey = false,
        ReadsDeathsOfClients = true,
        ReturnsRepliesToLiveAddress = true,
        NamesRefusedPermission = false,
        ChecksPassiveDeclare = false,
        TurnsDeathsRound = true,
        PutsOriginalExpirationLast = true,
        HasStreamFilters = false,
        ChecksDeliveryLimit = false,
        HasNewPolicyKeys = false,
        HasMirroredQueues = true,
    };

    /// <summary>RabbitMQ 3.13, the last of its line.</summary>
    public static Profile V313 { get; } = V310 with
    {
        Version = "3.13.7",
        UnknownExchangeTypeCode = ReplyCode.PreconditionFailed,
        WritesLastDeath = true,
        TurnsDeathsRound = false,
        PutsOriginalExpirationLast = false,
        HasStreamFilters = true,
        HasNewPolicyKeys = true,
    };

    /// <summary>RabbitMQ 4.2 with the framing errors and the replies of 4.3, which are clearer: the default.</summary>
    public static Profile V42 { get; } = new();

    /// <summary>RabbitMQ 4.3.</summary>
    public static Profile V43 { get; } = new()
    {
        Version = "4.3.0",
        TakesQueueVersion1 = false,
        ChecksQueueMode = false,
        TakesRetryArgumentsOnClassicQueue = false,
        TakesMasterLocator = false,
        TakesTransientQueues = false,
        SharesGlobalPrefetch = false,
        QuorumPriorities = QuorumPriorities.Strict,
        CountsNackAsReturn = false,
        MaxHashesInTopicKey = 2,
        HasDeliveryTimeoutOnClassicQueue = false,
        PurgesDeadLetters = true,
        TakesConsumerTimeout = true,
    };

    /// <summary>As it stands in connection.start.</summary>
    public string Version { get; private init; } = "4.2.0";

    /// <summary>The login mechanisms in connection.start, with blanks between.</summary>
    public string Mechanisms { get; private init; } = "PLAIN AMQPLAIN";

    /// <summary>What an exchange.declare with an unknown type is refused with: 503 closes the connection, 406 the channel.</summary>
    public ReplyCode UnknownExchangeTypeCode { get; private init; } = ReplyCode.PreconditionFailed;

    /// <summary>The largest body, in octets.</summary>
    public int MaxMessageOctets { get; private init; } = 16 * 1024 * 1024;

    /// <summary>True when a body longer than announced, or announced with an absurd size, closes the connection with 501.</summary>
    public bool ChecksBodySize { get; private init; } = true;

    /// <summary>True when <c>x-queue-version</c> may be 1.</summary>
    public bool TakesQueueVersion1 { get; private init; } = true;

    /// <summary>True when <c>x-queue-mode</c> has to be a word that means something.</summary>
    public bool ChecksQueueMode { get; private init; } = true;

    /// <summary>
    /// True when queue.declare does not look at <c>x-consumer-timeout</c> and <c>x-delayed-retry-*</c>, false when it checks them, classic queues refuse
    /// them, and quorum queues delay what comes back.
    /// </summary>
    public bool TakesRetryArgumentsOnClassicQueue { get; private init; } = true;

    /// <summary>True when <c>x-queue-master-locator</c> is ignored, false when it closes the connection with 541.</summary>
    public bool TakesMasterLocator { get; private init; } = true;

    /// <summary>True when a classic queue takes <c>x-queue-leader-locator</c>.</summary>
    public bool TakesLeaderLocatorOnClassicQueue { get; private init; } = true;

    /// <summary>True when <c>x-stream-filter-size-bytes</c> is an argument that streams have.</summary>
    public bool HasStreamFilters { get; private init; } = true;

    /// <summary>
    /// True when <c>x-delivery-limit</c> has to be an integer, and a negative one is no limit; false when it may be anything, and a negative one is as 0.
    /// </summary>
    public bool ChecksDeliveryLimit { get; private init; } = true;

    /// <summary>True when policies may have keys that came after 3.10, such as <c>consumer-timeout</c>, and operator policies <c>overflow</c>.</summary>
    public bool HasNewPolicyKeys { get; private init; } = true;

    /// <summary>True when policies may have the keys of mirrored queues (<c>ha-mode</c>), which mean nothing to a broker that is one node.</summary>
    public bool HasMirroredQueues { get; private init; }

    /// <summary>True when a queue may be neither durable nor exclusive.</summary>
    public bool TakesTransientQueues { get; private init; } = true;

    /// <summary>True when a basic.qos with global=1 is one limit for the channel, false when it is each consumer's.</summary>
    public bool SharesGlobalPrefetch { get; private init; } = true;

    /// <summary>The <c>x-delivery-limit</c> of a quorum queue that names none; null for no limit.</summary>
    public long? DefaultDeliveryLimit { get; private init; } = 20;

    /// <summary>What the property priority does in a quorum queue.</summary>
    internal QuorumPriorities QuorumPriorities { get; private init; } = QuorumPriorities.TwoLevels;

    /// <summary>True when what basic.get takes from a quorum queue for the first time has the header <c>x-delivery-count</c> with 0; a consumer sees none.</summary>
    public bool WritesDeliveryCountAtFirst { get; private init; }

    /// <summary>True when a basic.nack that requeues counts towards the delivery limit, as a lost consumer does.</summary>
    public bool CountsNackAsReturn { get; private init; } = true;

    /// <summary>True when a dead letter has the headers <c>x-last-death-*</c>.</summary>
    public bool WritesLastDeath { get; private init; } = true;

    /// <summary>True when the older deaths of a message stand the other way round after each further one.</summary>
    public bool TurnsDeathsRound { get; private init; }

    /// <summary>True when the expiration that a dead letter had stands behind what else its table in x-death tells, and not before it.</summary>
    public bool PutsOriginalExpirationLast { get; private init; }

    /// <summary>True when a dead letter with another routing key keeps its header CC.</summary>
    public bool KeepsCopiesBesideDeadLetterKey { get; private init; } = true;

    /// <summary>True when the broker believes the header <c>x-death</c> that a client wrote.</summary>
    public bool ReadsDeathsOfClients { get; private init; }

    /// <summary>True when a purge takes along the dead letters that a queue keeps because they have not arrived.</summary>
    public bool PurgesDeadLetters { get; private init; }

    /// <summary>True when a mandatory reply is returned though a direct reply-to address has taken it.</summary>
    public bool ReturnsRepliesToLiveAddress { get; private init; }

    /// <summary>How many <c>#</c> a topic binding's key may have; null for any number.</summary>
    public int? MaxHashesInTopicKey { get; private init; }

    /// <summary>True when a refusal for want of a permission says which one it is.</summary>
    public bool NamesRefusedPermission { get; private init; } = true;

    /// <summary>True when a passive declare needs some permission for what it names, so that nobody else learns whether it exists.</summary>
    public bool ChecksPassiveDeclare { get; private init; } = true;

    /// <summary>True when a consumer may have a time of its own to acknowledge in: the argument <c>x-consumer-timeout</c> of basic.consume.</summary>
    public bool TakesConsumerTimeout { get; private init; }

    /// <summary>True when a delivery of a classic queue has to be acknowledged within <see cref="EngineOptions.DeliveryAcknowledgementTimeout"/>.</summary>
    public bool HasDeliveryTimeoutOnClassicQueue { get; private init; } = true;
}
