using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The arguments of queue.declare: their types and ranges, and which type of queue knows them, with RabbitMQ's words.</summary>
internal static class ArgumentCheck
{
    private static readonly ShortString DeadLetterKey = "x-dead-letter-routing-key";

    /// <summary>Checks all arguments of a queue that does not exist yet, in RabbitMQ's order.</summary>
    /// <returns>The queue's type.</returns>
    /// <exception cref="ChannelException">406.</exception>
    /// <exception cref="ConnectionException">541: an argument that the profile's release does not permit.</exception>
    public static QueueType Check(in QueueDeclare declare, Profile profile, string described)
    {
        var arguments = declare.Arguments;
        if (arguments.TryGet("x-dead-letter-exchange"u8, out var exchange) && exchange.Type != FieldType.LongString)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(exchange.Type)}' for arg 'x-dead-letter-exchange' in {described}");
        }
        var type = TypeOf(arguments, described);
        CheckValues(arguments, type, profile, described);
        CheckNames(arguments, type, profile, described);
        if (!profile.TakesMasterLocator && arguments.TryGet("x-queue-master-locator"u8, out _))
            throw NotPermitted("queue_master_locator");
        if (type == QueueType.Quorum)
            CheckQuorum(declare, described);
        else if (!profile.TakesTransientQueues && !declare.Durable && !declare.Exclusive)
            throw NotPermitted("transient_nonexcl_queues");
        return type;
    }

    /// <summary>Refuses a queue whose name the broker shall make, for a type that has to be given one.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static void CheckServerNamed(FieldTable arguments)
    {
        if (arguments.TryGet("x-queue-type"u8, out var value) && value.Type == FieldType.LongString && value.Octets.Span.SequenceEqual("quorum"u8))
            throw new ChannelException(ReplyCode.PreconditionFailed, "Cannot declare a server-named queue for type rabbit_quorum_queue");
    }

    private static QueueType TypeOf(FieldTable arguments, string described)
    {
        if (!arguments.TryGet("x-queue-type"u8, out var value))
            return QueueType.Classic;
        if (value.Type != FieldType.LongString)
            throw Invalid("x-queue-type", described, ArgumentFault.UnacceptableType(value));
        var type = Encoding.UTF8.GetString(value.Octets.Span);
        return type switch
        {
            "classic" => QueueType.Classic,
            "quorum" => QueueType.Quorum,
            _ => throw Invalid("x-queue-type", described, $"\"unsupported queue type '{type}'\""),
        };
    }

    private static void CheckValues(FieldTable arguments, QueueType type, Profile profile, string described)
    {
        if (arguments.IsEmpty)
            return;
        foreach (var argument in QueueArguments.InOrder)
        {
            if (!argument.IsKnownBy(type, profile) || !arguments.TryGet(argument.Name.Span, out var value))
                continue;
            if (argument.Fault(value, profile) is { } fault)
                throw Invalid(argument.Name.ToString(), described, fault);
            if (argument.Name == DeadLetterKey && !arguments.TryGet("x-dead-letter-exchange"u8, out _))
                throw Invalid(argument.Name.ToString(), described, "routing_key_but_no_dlx_defined");
        }
    }

    private static void CheckNames(FieldTable arguments, QueueType type, Profile profile, string described)
    {
        foreach (var (name, _) in arguments)
        {
            if (QueueArguments.Find(name, profile) is { } argument && !argument.IsKnownBy(type, profile))
                throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described} of queue type {type.Module()}");
        }
    }

    // What a quorum queue cannot be (https://www.rabbitmq.com/docs/quorum-queues#feature-comparison).
    private static void CheckQuorum(in QueueDeclare declare, string described)
    {
        if (declare.AutoDelete)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'auto-delete' for {described}");
        if (declare.Exclusive)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'exclusive-owner' for {described}");
        if (!declare.Durable)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'non-durable' for {described}");
    }

    private static ConnectionException NotPermitted(string feature) =>
        new(ReplyCode.InternalError, $"Feature `{feature}` is deprecated. By default, this feature is not permitted anymore.");

    private static ChannelException Invalid(string name, string described, string fault) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described}: {fault}");
}
