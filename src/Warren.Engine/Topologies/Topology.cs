using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Exchanges, queues and bindings of a virtual host as a file of definitions has them.</summary>
/// <param name="Exchanges">Exchanges, without the predeclared ones.</param>
/// <param name="Queues">Queues that belong to no connection.</param>
/// <param name="Bindings">Bindings, without those of the default exchange.</param>
public sealed record Topology(IReadOnlyList<ExchangeDefinition> Exchanges, IReadOnlyList<QueueDefinition> Queues, IReadOnlyList<BindingDefinition> Bindings);

/// <summary>An exchange to be made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, such as <c>topic</c>.</param>
/// <param name="Durable">As in exchange.declare.</param>
/// <param name="AutoDelete">As in exchange.declare.</param>
/// <param name="Internal">As in exchange.declare.</param>
/// <param name="Arguments">As in exchange.declare.</param>
public sealed record ExchangeDefinition(ShortString Name, ShortString Type, bool Durable, bool AutoDelete, bool Internal, FieldTable Arguments);

/// <summary>A queue to be made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Durable">As in queue.declare.</param>
/// <param name="AutoDelete">As in queue.declare.</param>
/// <param name="Arguments">As in queue.declare.</param>
public sealed record QueueDefinition(ShortString Name, bool Durable, bool AutoDelete, FieldTable Arguments);

/// <summary>A binding to be made.</summary>
/// <param name="Source">The exchange where it starts.</param>
/// <param name="Destination">The queue or exchange where it leads.</param>
/// <param name="IsToQueue">True when it leads to a queue.</param>
/// <param name="RoutingKey">Its key.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record BindingDefinition(ShortString Source, ShortString Destination, bool IsToQueue, ShortString RoutingKey, FieldTable Arguments);
