using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The arguments of basic.consume: their types, and which type of queue knows them, with RabbitMQ's words.</summary>
internal static class ConsumerArguments
{
    /// <summary>Refuses what a consumer of this queue cannot ask for.</summary>
    /// <returns>The consumer's priority; 0 when it names none.</returns>
    /// <exception cref="ChannelException">406.</exception>
    public static long Check(FieldTable arguments, QueueType type, string described)
    {
        if (arguments.IsEmpty)
            return 0;
        var priority = 0L;
        if (arguments.TryGet("x-priority"u8, out var value) && !value.TryGetInteger(out priority))
            throw Invalid("x-priority", described, ArgumentFault.NotAnInteger(value));
        if (arguments.TryGet("x-cancel-on-ha-failover"u8, out value))
        {
            if (type != QueueType.Classic)
                throw NotOfThisType("x-cancel-on-ha-failover", type, described);
            if (ArgumentFault.Boolean(value) is { } fault)
                throw Invalid("x-cancel-on-ha-failover", described, fault);
        }
        if (arguments.TryGet("x-stream-offset"u8, out _))
            throw NotOfThisType("x-stream-offset", type, described);
        return priority;
    }

    private static ChannelException Invalid(string name, string described, string fault) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described}: {fault}");

    private static ChannelException NotOfThisType(string name, QueueType type, string described) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {described} of queue type {type.Module()}");
}
