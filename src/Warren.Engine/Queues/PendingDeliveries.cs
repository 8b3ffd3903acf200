namespace Warren.Engine;

/// <summary>The queues that have both messages and ready consumers; they are served at the end of the step.</summary>
internal sealed class PendingDeliveries(VirtualHost host)
{
    private readonly Queue<Queue> _queues = new();

    public void Add(Queue queue)
    {
        if (queue.IsPending)
            return;
        queue.IsPending = true;
        _queues.Enqueue(queue);
        host.HasLeftovers = true;
    }

    public void Run()
    {
        while (_queues.TryDequeue(out var queue))
        {
            queue.IsPending = false;
            queue.Deliver();
        }
    }
}
