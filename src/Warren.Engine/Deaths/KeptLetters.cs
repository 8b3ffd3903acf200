namespace Warren.Engine;

/// <summary>
/// The dead letters of a quorum queue whose strategy is at-least-once (https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering):
/// each stays in the queue, where no client sees it and its limit counts it, until every queue that it is routed to has taken it. What was refused is sent
/// again after a time, not to the queues that have it already; what had no way, when the queue's policy changes as well. Binding a queue does not send
/// anything, as in RabbitMQ.
/// </summary>
internal sealed class KeptLetters(VirtualHost host, Queue queue, QueueKeeper keeper) : Deadline
{
    /// <summary>How many letters may have been sent and not arrived; the others wait. RabbitMQ's dead_letter_worker_consumer_prefetch.</summary>
    private const int MaxSent = 32;

    /// <summary>How many waiting letters one step sends: a million that have a way at last must not make one long step.</summary>
    private const int MaxPerStep = 4096;

    private readonly Queue<KeptLetter> _waiting = new();
    private readonly List<KeptLetter> _sent = [];
    private bool _sendsAgain;

    /// <summary>True while it stands in <see cref="DeadLetters"/>.</summary>
    public bool IsPending { get; set; }

    public int Count => _waiting.Count + _sent.Count;

    /// <summary>The sum of the letters' bodies, in octets.</summary>
    public long Octets { get; private set; }

    /// <summary>For checks.</summary>
    public IEnumerable<Message> Messages => _waiting.Concat(_sent).Select(static letter => letter.Message);

    /// <summary>Takes over one reference to the message.</summary>
    public void Add(Message message, DeathReason reason)
    {
        _waiting.Enqueue(new KeptLetter(message, reason));
        Octets += message.BodyLength;
        host.DeadLetters.Add(this);
    }

    /// <summary>What the policy asks for has changed: perhaps there is a way now.</summary>
    public void SendAgain()
    {
        _sendsAgain = true;
        host.DeadLetters.Add(this);
    }

    public override void Reach() => SendAgain();

    /// <summary>Sends what waits, and once more what is due.</summary>
    public void Send()
    {
        IsPending = false;
        if (_sendsAgain)
        {
            _sendsAgain = false;
            SendDue();
        }
        SendWaiting();
        Watch();
    }

    /// <summary>Drops all: the queue is gone, or keeps no letters any more.</summary>
    public void Drop()
    {
        foreach (var letter in _waiting.Concat(_sent))
            Forget(letter);
        _waiting.Clear();
        _sent.Clear();
        host.Deadlines.Clear(this);
    }

    private void SendWaiting()
    {
        for (var left = MaxPerStep; left > 0 && _sent.Count < MaxSent && _waiting.TryDequeue(out var letter); left--)
        {
            _sent.Add(letter); // Before it is sent: it still counts when it is sent to this queue.
            if (!TrySend(letter))
                continue;
            _sent.RemoveAt(_sent.Count - 1);
            Forget(letter);
        }
    }

    private void Watch()
    {
        if (Count == 0)
            host.Deadlines.Clear(this);
        else if (_sent.Count < MaxSent && _waiting.Count > 0)
            host.Deadlines.Set(this, host.NowTicks + 1);
        else
            host.Deadlines.Set(this, _sent.Min(DueTicksOf));
    }

    private long DueTicksOf(KeptLetter letter) => letter.TriedAtTicks + host.Options.DeadLetterRetryTime.Ticks;

    private void SendDue()
    {
        var left = 0;
        for (var i = 0; i < _sent.Count; i++)
        {
            if (IsDue(_sent[i]) && TrySend(_sent[i]))
                Forget(_sent[i]);
            else
                _sent[left++] = _sent[i];
        }
        _sent.RemoveRange(left, _sent.Count - left);
    }

    private bool IsDue(KeptLetter letter) => !letter.IsSent || DueTicksOf(letter) <= host.NowTicks;

    private void Forget(KeptLetter letter)
    {
        Octets -= letter.Message.BodyLength;
        letter.Message.Release();
    }

    // True when it has arrived.
    private bool TrySend(KeptLetter letter)
    {
        letter.TriedAtTicks = host.NowTicks;
        letter.History ??= DeadLetterCopy.HistoryOf(host, letter.Message, queue, letter.Reason);
        var target = keeper.Rules.DeadLetters!;
        if (host.Exchanges.Find(target.Exchange.Span) is not { } exchange)
            return false;
        var message = DeadLetterCopy.Of(host, letter.Message, letter.History, target);
        var hasArrived = host.Routes.Find(exchange, message) && HasArrived(letter, message);
        message.Release();
        return hasArrived;
    }

    private bool HasArrived(KeptLetter letter, Message message)
    {
        var isRefused = false;
        letter.IsHeld |= host.Routes.IsHeld; // Whoever holds it delivers it; the queues on its other ways still have to take it.
        foreach (var to in host.Routes.Queues)
        {
            if (letter.IsTakenBy(to) || letter.IsCycle(to))
                continue;
            letter.IsSent = true;
            if (to.Publish(message))
                letter.TakeBy(to);
            else
                isRefused = true;
        }
        return (letter.IsTaken || letter.IsHeld) && !isRefused;
    }
}
