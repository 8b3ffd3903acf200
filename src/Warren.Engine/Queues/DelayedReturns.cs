namespace Warren.Engine;

/// <summary>The messages of a quorum queue that came back and wait for their <see cref="RetryDelay"/>: neither ready nor in a client's hands.</summary>
internal sealed class DelayedReturns(VirtualHost host, Queue queue)
{
    private readonly LinkedList<DelayedReturn> _waiting = new();

    public int Count => _waiting.Count;

    /// <summary>The sum of the messages' bodies, in octets.</summary>
    public long Octets { get; private set; }

    /// <summary>What waits, for checks.</summary>
    public IEnumerable<WaitingMessage> Waiting => _waiting.Select(static one => new WaitingMessage(one.Message, 0, one.Position));

    /// <summary>Takes over one reference to the message.</summary>
    public void Hold(Message message, ulong position, long ticks)
    {
        var one = new DelayedReturn(this, message, position);
        one.Node = _waiting.AddLast(one);
        Octets += message.BodyLength;
        host.Deadlines.Set(one, host.NowTicks + ticks);
    }

    /// <summary>Drops all.</summary>
    public void Drop()
    {
        foreach (var one in _waiting)
        {
            host.Deadlines.Clear(one);
            queue.Acknowledge(one.Message, one.Position);
        }
        _waiting.Clear();
        Octets = 0;
    }

    private void PutBack(DelayedReturn one)
    {
        _waiting.Remove(one.Node!);
        Octets -= one.Message.BodyLength;
        queue.PutBack(one.Message, one.Position);
    }

    private sealed class DelayedReturn(DelayedReturns returns, Message message, ulong position) : Deadline
    {
        public Message Message { get; } = message;

        public ulong Position { get; } = position;

        /// <summary>Where it stands; owned by <see cref="DelayedReturns"/>.</summary>
        public LinkedListNode<DelayedReturn>? Node { get; set; }

        public override void Reach() => returns.PutBack(this);
    }
}
