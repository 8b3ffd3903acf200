namespace Warren.Engine;

/// <summary>The end of a virtual host: nothing of it stays in the journal.</summary>
internal static class VirtualHostEnd
{
    /// <summary>Its connections have been told; what they hold is in its queues again.</summary>
    public static void Run(VirtualHost host)
    {
        foreach (var queue in host.Queues.InOrder())
            host.Queues.Delete(queue);
        foreach (var exchange in host.Exchanges.InOrder())
        {
            if (!exchange.IsDeleted) // By the end of a binding.
                host.Exchanges.Delete(exchange);
        }
        if (host.Records is not { } records)
            return;
        records.Messages.Write();
        foreach (var id in records.SetAside.Order())
            records.Remove(id);
        records.SetAside.Clear();
    }
}
