namespace Warren.Engine;

/// <summary>
/// <c>x-expires</c>: a queue ends that nobody has used for so long, that is without a consumer, a basic.get or a declaration
/// (https://www.rabbitmq.com/docs/ttl#queue-ttl). Using it moves no deadline: the one that is set looks again when it is reached.
/// </summary>
internal sealed class IdleEnd(Queue queue, VirtualHost host, long idleTicks) : Deadline
{
    private long _usedAtTicks;

    /// <summary>The queue was used just now.</summary>
    public void Touch()
    {
        _usedAtTicks = host.NowTicks;
        if (!IsSet)
            host.Deadlines.Set(this, _usedAtTicks + idleTicks);
    }

    public override void Reach()
    {
        if (queue.Consumers.Count > 0)
            return; // The last consumer touches it when it leaves.
        if (_usedAtTicks + idleTicks > host.NowTicks)
            host.Deadlines.Set(this, _usedAtTicks + idleTicks);
        else
            host.Queues.Delete(queue);
    }
}
