using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a second declaration of a queue or exchange must have in common with the first, and RabbitMQ's words when it has not.</summary>
internal static class Equivalence
{
    private static readonly ShortString AlternateExchange = "alternate-exchange";

    public static void Check(Queue queue, in QueueDeclare declare, Connection connection, Profile profile, string described)
    {
        if (queue.Owner is null ? declare.Exclusive : queue.Owner != connection || !declare.Exclusive)
            throw queue.Locked();
        Check("durable", described, queue.Durable, declare.Durable && !declare.Exclusive);
        Check("auto_delete", described, queue.AutoDelete, declare.AutoDelete);
        if (queue.Arguments.IsEmpty && declare.Arguments.IsEmpty)
            return;
        foreach (var argument in QueueArguments.InOrderOf(queue.Type))
        {
            if (argument.IsKnownBy(queue.Type, profile)) // Another type's mean nothing to it.
                CheckArgument(argument.Name, described, queue.Arguments, declare.Arguments);
        }
    }

    public static void Check(Exchange exchange, ExchangeType type, in ExchangeDeclare declare, string described)
    {
        if (exchange.Type != type)
            throw Fail("type", described, $"'{declare.Type}'", $"'{exchange.Type.Name}'");
        Check("durable", described, exchange.Durable, declare.Durable);
        Check("auto_delete", described, exchange.AutoDelete, declare.AutoDelete);
        Check("internal", described, exchange.Internal, declare.Internal);
        CheckArgument(AlternateExchange, described, exchange.Arguments, declare.Arguments);
    }

    private static void Check(string argument, string described, bool current, bool received)
    {
        if (current != received)
            throw Fail(argument, described, received ? "'true'" : "'false'", current ? "'true'" : "'false'");
    }

    private static void CheckArgument(ShortString name, string described, FieldTable current, FieldTable received)
    {
        FieldValue? currentValue = current.TryGet(name.Span, out var value) ? value : null;
        FieldValue? receivedValue = received.TryGet(name.Span, out value) ? value : null;
        if (currentValue is { } c && receivedValue is { } r)
        {
            if (!FieldText.AreEqual(c, r))
                throw Fail(name.ToString(), described, $"'{FieldText.Value(r)}'", $"'{FieldText.Value(c)}'");
        }
        else if (currentValue.HasValue != receivedValue.HasValue && !IsClassicType(name, currentValue ?? receivedValue!.Value))
        {
            throw Fail(name.ToString(), described, FieldText.Describe(receivedValue), FieldText.Describe(currentValue));
        }
    }

    // A queue without a type is a classic one; whether the client says so makes no difference.
    private static bool IsClassicType(ShortString name, FieldValue value) =>
        name.Span.SequenceEqual("x-queue-type"u8) && value.Type == FieldType.LongString && value.Octets.Span.SequenceEqual("classic"u8);

    private static ChannelException Fail(string argument, string described, string received, string current) =>
        new(ReplyCode.PreconditionFailed, $"inequivalent arg '{argument}' for {described}: received {received} but current is {current}");
}
