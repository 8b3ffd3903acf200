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
    private readonly List<KeptLetter> _changed = []; // What the journal does not know of them yet.
    private bool _sendsAgain;

    /// <summary>True while it stands in <see cref="DeadLetters"/>.</summary>
    public bool IsPending { get; set; }

    public int Count => _waiting.Count + _sent.Count;

    /// <summary>The sum of the letters' bodies, in octets.</summary>
    public long Octets { get; private set; }

    /// <summary>For checks.</summary>
    public IEnumerable<KeptLetter> Letters => _sent.Concat(_waiting);

    /// <summary>Takes over one reference to the message.</summary>
    public void Add(Message message, ulong position, DeathReason reason)
    {
        var letter = new KeptLetter(message, position, new KeptLetterState(reason));
        Enqueue(letter);
        MarkChanged(letter);
        host.DeadLetters.Add(this);
    }

    /// <summary>A letter that was recovered is sent again with the first step.</summary>
    public void Restore(KeptLetter letter)
    {
        Enqueue(letter);
        host.Deadlines.Set(this, host.NowTicks);
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
        WriteChanged();
    }

    /// <summary>Drops all: the queue is gone, or keeps no letters any more.</summary>
    public void Drop()
    {
        foreach (var letter in _waiting.Concat(_sent))
            Forget(letter);
        _waiting.Clear();
        _sent.Clear();
        _changed.Clear();
        host.Deadlines.Clear(this);
    }

    private void Enqueue(KeptLetter letter)
    {
        _waiting.Enqueue(letter);
        Octets += letter.Message.BodyLength;
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

    private bool IsDue(KeptLetter letter) => !letter.State.IsSent || DueTicksOf(letter) <= host.NowTicks;

    private void Forget(KeptLetter letter)
    {
        Octets -= letter.Message.BodyLength;
        letter.IsGone = true;
        host.Records?.Remove(letter.RecordId);
        queue.Drop(letter.Message, letter.Position);
    }

    private void MarkChanged(KeptLetter letter)
    {
        if (queue.Records is null || letter.IsChanged)
            return;
        letter.IsChanged = true;
        _changed.Add(letter);
    }

    // At the end: most letters arrive at once, and nothing is to be known of them.
    private void WriteChanged()
    {
        foreach (var letter in _changed)
        {
            letter.IsChanged = false;
            if (!letter.IsGone)
                queue.Records!.WriteLetter(letter);
        }
        _changed.Clear();
    }

    // True when it has arrived.
    private bool TrySend(KeptLetter letter)
    {
        letter.TriedAtTicks = host.NowTicks;
        if (letter.State.History is null)
        {
            letter.State.History = DeadLetterCopy.HistoryOf(host, letter.Message, queue, letter.State.Reason);
            MarkChanged(letter);
        }
        var target = keeper.Rules.DeadLetters!;
        if (host.Exchanges.Find(target.Exchange.Span) is not { } exchange)
            return false;
        var message = DeadLetterCopy.Of(host, letter.Message, letter.State.History, target);
        message.ShownFrom = queue.Records?.NextPosition ?? 0;
        var hasArrived = host.Routes.Find(exchange, message) && HasArrived(letter, message);
        message.Release();
        return hasArrived;
    }

    private bool HasArrived(KeptLetter letter, Message message)
    {
        var isRefused = false;
        if (host.Routes.IsHeld && !letter.State.IsHeld)
        {
            letter.State.IsHeld = true;
            MarkChanged(letter);
        }
        // Whoever holds it delivers it; the queues on its other ways still have to take it.
        foreach (var to in host.Routes.Queues)
        {
            if (letter.IsTakenBy(to) || letter.IsCycle(to))
                continue;
            if (!letter.State.IsSent)
                MarkChanged(letter);
            letter.State.IsSent = true;
            if (!to.Publish(message))
            {
                isRefused = true;
                continue;
            }
            letter.TakeBy(to);
            MarkChanged(letter);
        }
        return (letter.IsTaken || letter.State.IsHeld) && !isRefused;
    }
}
