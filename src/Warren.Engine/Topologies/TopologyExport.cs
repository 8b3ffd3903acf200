using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What of a virtual host goes into a file of definitions: everything that a client of any connection could declare again.</summary>
internal static class TopologyExport
{
    public static Topology Of(VirtualHost host)
    {
        var queues = host.Queues.InOrder().FindAll(static queue => queue.Owner is null);
        var exchanges = host.Exchanges.InOrder();
        return new Topology(
            [.. exchanges.Where(static exchange => !EntityName.IsReserved(exchange.Name)).Select(Define)],
            queues.ConvertAll(static queue => new QueueDefinition(queue.Name, queue.Durable, queue.AutoDelete, queue.Arguments)),
            [.. exchanges.SelectMany(static exchange => exchange.Outgoing).Where(IsKept).Select(Define)
                .OrderBy(static binding => binding.Source.ToString(), StringComparer.Ordinal)
                .ThenBy(static binding => binding.Destination.ToString(), StringComparer.Ordinal)
                .ThenBy(static binding => binding.RoutingKey.ToString(), StringComparer.Ordinal)]);
    }

    private static bool IsKept(Binding binding) => binding.Destination is not Queue { Owner: not null };

    private static ExchangeDefinition Define(Exchange exchange) =>
        new(exchange.Name, exchange.Type.Name, exchange.Durable, exchange.AutoDelete, exchange.Internal, exchange.Arguments);

    private static BindingDefinition Define(Binding binding) =>
        new(binding.Source.Name, binding.Destination.Name, binding.Destination is Queue, binding.RoutingKey, binding.Arguments);
}
