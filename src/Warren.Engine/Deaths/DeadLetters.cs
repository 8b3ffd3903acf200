using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Messages that died in this step, on their way to their queues' dead-letter exchanges (https://www.rabbitmq.com/docs/dlx). They are
/// published at the end of the step, one after the other: a chain of full queues is a list, not a deep call.
/// </summary>
internal sealed class DeadLetters(VirtualHost host)
{
    private readonly Queue<Letter> _letters = new();

    private readonly record struct Letter(Message Message, Queue Queue, DeadLetterTarget Target, DeathReason Reason);

    /// <summary>Takes over one reference to the message.</summary>
    public void Add(Message message, Queue queue, DeadLetterTarget target, DeathReason reason)
    {
        _letters.Enqueue(new Letter(message, queue, target, reason));
        host.HasLeftovers = true;
    }

    public void Run()
    {
        while (_letters.TryDequeue(out var letter)) // Publishing one may add others.
        {
            Publish(letter);
            letter.Message.Release();
        }
    }

    private void Publish(in Letter letter)
    {
        if (host.Exchanges.Find(letter.Target.Exchange.Span) is not { } exchange)
            return;
        var history = DeathHistory.Add(letter.Message.Deaths, letter.Message, letter.Queue.Name, letter.Reason, new DateTimeOffset(host.NowTicks, TimeSpan.Zero));
        var message = Copy(letter, history);
        if (host.Routes.Find(exchange, message))
            Publish(message, history, letter.Reason);
        message.Release();
    }

    private void Publish(Message message, DeathHistory history, DeathReason reason)
    {
        foreach (var queue in host.Routes.Queues)
        {
            if (reason == DeathReason.Rejected || !history.IsCycle(queue.Name))
                queue.Publish(message);
        }
    }

    // With a dead-letter routing key the message has that key alone from now on; its header CC stays, and routes nothing any more.
    private Message Copy(in Letter letter, DeathHistory history)
    {
        var old = letter.Message;
        var properties = PropertiesRewrite.WithHeaders(old.Properties, history.WriteInto(old.Properties.Headers), dropExpiration: true);
        var exchange = letter.Target.Exchange.Span;
        var key = letter.Target.RoutingKey is { } other ? other.Span : old.RoutingKeySpan;
        var blindCopies = letter.Target.RoutingKey is null ? old.BlindCopyOctets : default;
        Span<byte> address = stackalloc byte[exchange.Length + key.Length];
        exchange.CopyTo(address);
        key.CopyTo(address[exchange.Length..]);
        var message = host.Messages.Rent(address.Length + blindCopies.Length + properties.Octets.Length + old.BodyLength);
        message.Begin(address, exchange.Length, blindCopies, properties.Octets.Span, properties.Flags);
        message.Append(old.Body);
        message.IsRoutedByKeyOnly = old.IsRoutedByKeyOnly || letter.Target.RoutingKey is not null;
        message.Deaths = history;
        return message;
    }
}
