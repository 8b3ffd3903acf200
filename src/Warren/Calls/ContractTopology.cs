using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// The exchanges of contracts, which clients and servers declare alike: requests go through one, what the broker drops comes back through
/// another, and what servers are told beside requests through the third.
/// </summary>
internal static class ContractTopology
{
    /// <summary>Direct, durable: a service's queue is bound by its own name.</summary>
    public const string Exchange = "warren.rpc";

    /// <summary>Direct, durable: where service queues send what they drop; a client's reply queue is bound by its own name.</summary>
    public const string DeadLetters = "warren.rpc.dead";

    /// <summary>Direct, durable: each instance of a server binds a queue of its own by its service's name, and by <see cref="Everyone"/>.</summary>
    public const string Control = "warren.rpc.control";

    /// <summary>The routing key that reaches all instances of all servers.</summary>
    public const string Everyone = "*";

    public static readonly ShortString EncodedExchange = Exchange;

    public static async Task DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        await channel.DeclareExchangeAsync(Exchange, "direct", durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.DeclareExchangeAsync(DeadLetters, "direct", durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public static Task DeclareControlAsync(AmqpChannel channel, CancellationToken cancellationToken) =>
        channel.DeclareExchangeAsync(Control, "direct", durable: true, cancellationToken: cancellationToken);

    /// <summary>What the broker drops of a client's requests comes to its reply queue.</summary>
    public static Task BindNoticesAsync(AmqpChannel channel, string replyQueue, CancellationToken cancellationToken) =>
        channel.BindQueueAsync(replyQueue, DeadLetters, replyQueue, cancellationToken: cancellationToken);

    /// <summary>
    /// The queues of a service. Dead letters keep their keys, so that the hidden copy's key leads back to the caller. The queue of Fast calls gives a
    /// request to one server only: when that goes away, the request goes back to its caller and not to another server.
    /// </summary>
    public static IReadOnlyList<ServedQueue> QueuesOf(RpcContract contract, int safeDeliveryLimit)
    {
        var fast = contract.Queue == ContractQueue.Quorum
            ? FieldTable.Create(("x-dead-letter-exchange", DeadLetters), ("x-queue-type", "quorum"), ("x-delivery-limit", 0))
            : FieldTable.Create(("x-dead-letter-exchange", DeadLetters));
        var safe = FieldTable.Create(("x-dead-letter-exchange", DeadLetters), ("x-queue-type", "quorum"), ("x-delivery-limit", safeDeliveryLimit));
        return [Served(new CallAddress(contract.Name, isContract: true), fast), Served(new CallAddress(contract.Name + SafeCalls.QueueSuffix, isContract: true), safe)];
    }

    private static ServedQueue Served(CallAddress address, FieldTable arguments) =>
        new(address, new Queue(address.Name) { IsDurable = true, Arguments = arguments });
}
