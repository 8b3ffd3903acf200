using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The arguments of queue.declare: their types and ranges, and which type of queue knows them, with RabbitMQ's words.</summary>
internal static class ArgumentCheck
{
    /// <summary>The queue's type.</summary>
    /// <exception cref="ChannelException">406: a type that this broker does not have.</exception>
    public static QueueType TypeOf(FieldTable arguments, string described)
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

    /// <summary>What a quorum queue cannot be (https://www.rabbitmq.com/docs/quorum-queues#feature-comparison).</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static void CheckQuorum(in QueueDeclare declare, string described)
    {
        if (declare.Queue.IsEmpty)
            throw new ChannelException(ReplyCode.PreconditionFailed, "Cannot declare a server-named queue for type rabbit_quorum_queue");
        if (!declare.Durable)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'non-durable' for {described}");
        if (declare.Exclusive)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'exclusive-owner' for {described}");
        if (declare.AutoDelete)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid property 'auto-delete' for {described}");
    }

    /// <summary>Checks every argument by its line in <see cref="QueueArguments"/>.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public static void Check(FieldTable arguments, QueueType type, Profile profile, string described)
    {
        foreach (var (name, value) in arguments)
        {
            if (QueueArguments.Find(name) is not { } argument)
                continue;
            if (!argument.IsKnownBy(type, profile))
                throw new ChannelException(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described} of queue type {TypeName(type)}");
            if (argument.Fault(value, profile) is { } fault)
                throw Invalid(name.ToString(), described, fault);
            if (argument.IsName && value.Type != FieldType.LongString)
            {
                throw new ChannelException(
                    ReplyCode.PreconditionFailed, $"invalid type '{FieldText.TypeName(value.Type)}' for arg '{name}' in {described}");
            }
        }
        if (arguments.TryGet("x-dead-letter-routing-key"u8, out _) && !arguments.TryGet("x-dead-letter-exchange"u8, out _))
        {
            throw Invalid("x-dead-letter-routing-key", described, "routing_key_but_no_dlx_defined");
        }
    }

    /// <summary>Refuses a consumer's priority that is not an integer.</summary>
    public static long ConsumerPriority(FieldTable arguments, string described)
    {
        if (!arguments.TryGet("x-priority"u8, out var value))
            return 0;
        if (value.TryGetInteger(out var priority))
            return priority;
        throw Invalid("x-priority", described, ArgumentFault.NotAnInteger(value));
    }

    private static string TypeName(QueueType type) => type == QueueType.Quorum ? "rabbit_quorum_queue" : "rabbit_classic_queue";

    private static ChannelException Invalid(string name, string described, string fault) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described}: {fault}");
}
