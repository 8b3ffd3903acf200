namespace Warren.Engine;

/// <summary>How many messages, and octets of their bodies, may be ready in a queue (https://www.rabbitmq.com/docs/maxlength).</summary>
/// <param name="MaxMessages">Messages.</param>
/// <param name="MaxOctets">Octets of bodies.</param>
/// <param name="Overflow">What gives way.</param>
internal sealed record LengthLimit(long MaxMessages, long MaxOctets, Overflow Overflow)
{
    /// <summary>
    /// True when this message may not come in, whether a consumer waits for it or not, as RabbitMQ does. Dead letters that the queue keeps, and messages that
    /// came back and wait, count as if they were ready.
    /// </summary>
    public bool Refuses(Message message, ReadyMessages ready, KeptLetters? letters, DelayedReturns? delayed) =>
        Overflow != Overflow.DropHead
        && (ready.Count + (letters?.Count ?? 0) + (delayed?.Count ?? 0) + 1 > MaxMessages
            || ready.Octets + (letters?.Octets ?? 0) + (delayed?.Octets ?? 0) + message.BodyLength > MaxOctets);

    /// <summary>True when the first message has to go.</summary>
    public bool IsExceeded(ReadyMessages ready) =>
        Overflow == Overflow.DropHead && (ready.Count > MaxMessages || ready.Octets > MaxOctets);
}
