namespace Warren.Engine;

/// <summary>The queues that have both messages and ready consumers; they are served at the end of the step.</summary>
internal sealed class PendingDeliveries(VirtualHost host)
{
    private readonly List<Queue> _queues = [];

    public void Add(Queue queue)
    {
        if (queue.IsPending)
            return;
        queue.IsPending = true;
        _queues.Add(queue);
        host.HasLeftovers = true;
    }

    public void Run()
    {
        foreach (var queue in _queues)
        {
            queue.IsPending = false;
            queue.Deliver();
        }
        _queues.Clear();
    }
}
