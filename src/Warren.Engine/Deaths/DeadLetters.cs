namespace Warren.Engine;

/// <summary>
/// Messages that died in this step, on their way to their queues' dead-letter exchanges (https://www.rabbitmq.com/docs/dlx). They are
/// published at the end of the step, one after the other: a chain of full queues is a list, not a deep call. Those of a queue that keeps them until they
/// have arrived are in its <see cref="KeptLetters"/>.
/// </summary>
internal sealed class DeadLetters(VirtualHost host)
{
    private readonly Queue<Letter> _letters = new();
    private readonly Queue<KeptLetters> _kept = new();

    private readonly record struct Letter(Message Message, Queue Queue, DeadLetterTarget Target, DeathReason Reason, long ShownFrom);

    /// <summary>True when letters are to be sent at the end of the step.</summary>
    public bool IsPending => _letters.Count + _kept.Count > 0;

    /// <summary>Takes over one reference to the message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="queue">Where it died.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="reason">Why.</param>
    /// <param name="shownFrom">What <see cref="Message.ShownFrom"/> is for its copy.</param>
    public void Add(Message message, Queue queue, DeadLetterTarget target, DeathReason reason, long shownFrom)
    {
        _letters.Enqueue(new Letter(message, queue, target, reason, shownFrom));
        host.HasLeftovers = true;
    }

    /// <summary>A queue has letters to send at the end of the step.</summary>
    public void Add(KeptLetters letters)
    {
        if (letters.IsPending)
            return;
        letters.IsPending = true;
        _kept.Enqueue(letters);
        host.HasLeftovers = true;
    }

    public void Run()
    {
        do
        {
            while (_letters.TryDequeue(out var letter)) // Publishing one may add others.
            {
                Publish(letter);
                letter.Message.Release();
            }
            if (_kept.TryDequeue(out var kept))
                kept.Send();
        }
        while (_letters.Count + _kept.Count > 0);
    }

    private void Publish(in Letter letter)
    {
        if (host.Exchanges.Find(letter.Target.Exchange.Span) is not { } exchange)
            return;
        var history = DeadLetterCopy.HistoryOf(host, letter.Message, letter.Queue, letter.Reason);
        var message = DeadLetterCopy.Of(host, letter.Message, history, letter.Target);
        message.ShownFrom = letter.ShownFrom;
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
}
