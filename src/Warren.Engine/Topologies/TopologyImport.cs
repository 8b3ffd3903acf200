using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Makes exchanges, queues and bindings that nobody declares: those of a file. As in RabbitMQ what is there already stays as it is, whatever the file says
/// of it, and names that are the broker's own are left out. So are bindings that start or lead nowhere: RabbitMQ writes them into its own files, for it
/// leaves out internal exchanges and exclusive queues but not their bindings.
/// </summary>
internal static class TopologyImport
{
    /// <summary>What is wrong with it, or null.</summary>
    public static string? FaultOf(VirtualHost host, Topology topology, int? maxQueues)
    {
        var planned = new Dictionary<ShortString, Exchange>();
        try
        {
            foreach (var definition in topology.Exchanges)
            {
                if (IsNew(host, definition) && !planned.ContainsKey(definition.Name))
                    planned.Add(definition.Name, Make(host, definition));
            }
            CheckQueues(host, topology, maxQueues);
            CheckBindings(host, topology, planned);
            return null;
        }
        catch (ChannelException e)
        {
            return e.Message;
        }
        catch (ConnectionException e)
        {
            return e.Message;
        }
        finally
        {
            foreach (var exchange in planned.Values)
                exchange.Router.End(); // Nobody has ever seen it.
        }
    }

    /// <summary>The bindings that are left out because they start or lead nowhere.</summary>
    public static List<BindingDefinition> Loose(VirtualHost host, Topology topology)
    {
        var queues = topology.Queues.Select(static queue => queue.Name).Where(static name => !EntityName.IsReserved(name)).ToHashSet();
        var exchanges = topology.Exchanges.Select(static exchange => exchange.Name).Where(static name => !EntityName.IsReserved(name)).ToHashSet();
        return [.. topology.Bindings.Where(binding => !IsExchange(binding.Source) || !(binding.IsToQueue ? IsQueue(binding.Destination) : IsExchange(binding.Destination)))];

        bool IsExchange(ShortString name) => exchanges.Contains(name) || host.Exchanges.Find(name.Span) is not null;

        bool IsQueue(ShortString name) => queues.Contains(name) || host.Queues.Find(name.Span) is not null;
    }

    /// <summary>Makes everything. Nothing may be wrong with it.</summary>
    public static void Apply(VirtualHost host, Topology topology)
    {
        foreach (var definition in topology.Exchanges)
        {
            if (IsNew(host, definition))
                host.Exchanges.Add(Make(host, definition));
        }
        foreach (var definition in topology.Queues)
        {
            if (IsNew(host, definition))
                host.Queues.Add(Make(host, definition));
        }
        foreach (var binding in topology.Bindings)
        {
            Destination? destination = binding.IsToQueue ? host.Queues.Find(binding.Destination.Span) : host.Exchanges.Find(binding.Destination.Span);
            if (!binding.Source.IsEmpty && destination is not null && host.Exchanges.Find(binding.Source.Span) is { } source)
                host.Bindings.Add(source, destination, binding.RoutingKey, binding.Arguments);
        }
    }

    private static bool IsNew(VirtualHost host, ExchangeDefinition definition) =>
        !definition.Name.IsEmpty && !EntityName.IsReserved(definition.Name) && host.Exchanges.Find(definition.Name.Span) is null;

    private static bool IsNew(VirtualHost host, QueueDefinition definition) =>
        !EntityName.IsReserved(definition.Name) && host.Queues.Find(definition.Name.Span) is null;

    /// <summary>Makes an exchange that nobody has seen yet.</summary>
    /// <exception cref="ChannelException">Something is wrong with it.</exception>
    /// <exception cref="ConnectionException">The same, as older releases say it.</exception>
    public static Exchange Make(VirtualHost host, ExchangeDefinition definition)
    {
        var described = host.Describe("exchange", CheckName(definition.Name));
        var type = ExchangeTypes.Parse(definition.Type, host.Options.Profile);
        var alternate = ExchangeClass.Alternate(definition.Arguments, described);
        type.Check(definition.Arguments, described);
        var (name, arguments) = (definition.Name.ToOwned(), definition.Arguments.ToOwned());
        return new Exchange(name, type, type.NewRouter(host, arguments))
        {
            Durable = definition.Durable,
            AutoDelete = definition.AutoDelete,
            Internal = definition.Internal,
            Arguments = arguments,
            OwnAlternate = alternate,
            Policy = host.Policies.ForExchange(name, host.Options.Profile),
        };
    }

    private static Queue Make(VirtualHost host, QueueDefinition definition)
    {
        var queue = new Queue(host, definition.Name.ToOwned(), TypeOf(host, definition), definition.Arguments.ToOwned())
        {
            Durable = definition.Durable,
            AutoDelete = definition.AutoDelete,
        };
        queue.Touch();
        return queue;
    }

    private static QueueType TypeOf(VirtualHost host, QueueDefinition definition) => ArgumentCheck.Check(
        new QueueDeclare(definition.Name, Durable: definition.Durable, AutoDelete: definition.AutoDelete, Arguments: definition.Arguments),
        host.Options.Profile,
        host.Describe("queue", definition.Name));

    private static void CheckQueues(VirtualHost host, Topology topology, int? maxQueues)
    {
        var added = new HashSet<ShortString>();
        foreach (var definition in topology.Queues)
        {
            CheckName(definition.Name);
            if (!IsNew(host, definition))
                continue;
            if (definition.Name.IsEmpty)
                throw Fault($"a queue in vhost '{host.Options.VirtualHost}' has no name");
            TypeOf(host, definition);
            added.Add(definition.Name);
        }
        if (added.Count > 0 && host.Queues.Count + added.Count > maxQueues)
        {
            throw Fault($"Adding {added.Count} queue(s) to virtual host \"{host.Options.VirtualHost}\" would exceed the limit of {maxQueues} queue(s). "
                + $"This virtual host currently has {host.Queues.Count} queue(s) defined. Import aborted!");
        }
    }

    private static void CheckBindings(VirtualHost host, Topology topology, Dictionary<ShortString, Exchange> planned)
    {
        foreach (var binding in topology.Bindings)
        {
            var toExchange = binding.IsToQueue ? null : FindExchange(binding.Destination);
            if (toExchange is { IsDefault: true })
                throw Fault("operation not permitted on the default exchange");
            if (binding.Source.IsEmpty || FindExchange(binding.Source) is not { } source)
                continue; // Every queue is bound to the default exchange as it is.
            source.Router.Check(binding.RoutingKey, binding.Arguments);
            if (toExchange is not null)
                source.Router.Check(toExchange);
            else if (host.Queues.Find(binding.Destination.Span) is { } queue)
                source.Router.Check(queue);
        }

        Exchange? FindExchange(ShortString name) => planned.GetValueOrDefault(name) ?? host.Exchanges.Find(name.Span);
    }

    private static ShortString CheckName(ShortString name) =>
        name.IsUtf8 && EntityName.Read(name) == name ? name : throw Fault($"the name '{name}' has octets that no name may have");

    private static ChannelException Fault(string text) => new(ReplyCode.PreconditionFailed, text);
}
