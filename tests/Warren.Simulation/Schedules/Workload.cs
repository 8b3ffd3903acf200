using System.Globalization;
using Warren.Amqp;

namespace Warren.Simulation;

/// <summary>What clients do: one deed after the other, as the choices have it, and what the ledger has to know of it.</summary>
internal sealed class Workload(IChoices choices, Features features, SimMachine machine, Ledger ledger, Trace trace)
{
    private const string DelayExchange = "delay";

    private static readonly string[] s_queues = ["a", "b", "c", "d"];
    private static readonly string[] s_exchanges = ["x", "y"];
    private static readonly string[] s_keys = ["k", "k.l", "l", "k.l.m"];
    private static readonly string[] s_patterns = ["#", "*", "k.*", "#.l", "k.#.m"];

    private readonly byte[] _small = new byte[4096];
    private readonly List<SimChannel> _open = [];
    private int _lastConsumer;

    private TopologyModel Topology => ledger.Topology;

    /// <summary>Does one deed.</summary>
    public void Act(SimChannel channel)
    {
        switch (choices.Next(24))
        {
            case 0: break;
            case 1 or 2 or 3 or 4 or 5 or 6 or 7: Publish(channel); break;
            case 8 or 9: Get(channel); break;
            case 10: Consume(channel); break;
            case 11 or 12 or 13 or 14: Settle(channel); break;
            case 15: DeclareQueue(channel, choices.Pick(s_queues)); break;
            case 16: DeclareExchange(channel, choices.Pick(s_exchanges)); break;
            case 17: Bind(channel); break;
            case 18: Unbind(channel); break;
            case 19: Delete(channel); break;
            case 20: Purge(channel); break;
            case 21: EndTransaction(channel); break;
            case 22: Manage(channel); break;
            default: Wait(); break;
        }
    }

    /// <summary>The first deeds of all: something to work with.</summary>
    public void SetUp(SimChannel channel)
    {
        for (var i = choices.Between(1, 3); i > 0; i--)
            DeclareQueue(channel, s_queues[i - 1]);
        if (choices.Next(2) == 1)
        {
            DeclareExchange(channel, s_exchanges[0]);
            Bind(channel);
        }
        if (Has(Features.Delays))
            SetUpDelays(channel);
    }

    public bool Has(Features feature) => (features & feature) != 0;

    /// <summary>Opens a channel in the mode that the choices have.</summary>
    public SimChannel OpenChannel(SimClient client)
    {
        var channel = client.OpenChannel();
        var mode = choices.Next(4);
        if (mode is 1 or 2 && Has(Features.Confirms))
            channel.SelectConfirms();
        else if (mode == 3 && Has(Features.Transactions))
            channel.SelectTransactions();
        if (Has(Features.Consumers) && choices.Next(2) == 1)
            channel.Send(new BasicQos(0, (ushort)choices.Between(1, 4)));
        return channel;
    }

    private void Publish(SimChannel channel)
    {
        var exchanges = Topology.Exchanges.FindAll(static exchange => exchange.Exists);
        var which = choices.Next(exchanges.Count + 2);
        var queues = Topology.Queues.FindAll(static queue => queue.Exists && !queue.Name.StartsWith("dead", StringComparison.Ordinal) && queue.Name != DelayExchange);
        if (which < 2 && queues.Count == 0)
            return;
        var exchange = which < 2 ? "" : exchanges[which - 2].Name;
        var isDelayed = exchange == DelayExchange;
        var message = new SimMessage(ledger.Messages.Count + 1, BodyOctets())
        {
            Exchange = exchange,
            Key = isDelayed ? "k" : which < 2 ? choices.Pick(queues).Name : choices.Pick(s_keys),
            IsPersistent = !Has(Features.Transient) || choices.Next(4) != 3,
            Priority = Has(Features.Priorities) ? (byte)choices.Next(4) : (byte)0,
            TimeToLiveMs = Has(Features.TimeToLive) && choices.OneIn(4) ? choices.Between(1, 2000) : 0,
            DelayMs = isDelayed ? choices.Next(1500) : 0,
        };
        message.Sent = Octets(message.Properties());
        ledger.Add(message);
        trace.Tell($"  {channel} publishes {message} to '{message.Exchange}' with '{message.Key}', {message.BodyOctets} octets");
        if (!channel.IsTransactional)
            ledger.Publish(message); // Before it is sent: it may come to a consumer at once.
        else
            PublishAtCommit(channel, message);
        var body = message.BodyOctets <= _small.Length ? _small.AsSpan(0, message.BodyOctets) : new byte[message.BodyOctets];
        message.Fill(body);
        channel.Publish(message, body);
    }

    // An exchange that is deleted meanwhile takes the message nowhere, also when it is declared again.
    private void PublishAtCommit(SimChannel channel, SimMessage message)
    {
        var exchange = Topology.FindExchange(message.Exchange);
        channel.InTransaction.Add(() =>
        {
            if (exchange is null or { Exists: true })
                ledger.Publish(message);
        });
    }

    private int BodyOctets()
    {
        if (Has(Features.Churn))
            return choices.Next(1500);
        var size = choices.Next(20);
        if (size < 17)
            return size < 3 ? 0 : choices.Next(120);
        if (size < 19 || !Has(Features.LargeBodies))
            return choices.Next(1200);
        return choices.OneIn(40) ? choices.Next(300_000) : choices.Next(12_000);
    }

    private void Get(SimChannel channel)
    {
        if (PickQueue() is not { } queue)
            return;
        var noAck = choices.OneIn(3);
        trace.Tell($"  {channel} gets from {queue.Name}{(noAck ? " without acknowledgement" : "")}");
        channel.Get(queue, noAck);
    }

    private void Consume(SimChannel channel)
    {
        if (!Has(Features.Consumers) || PickQueue() is not { } queue || channel.Consumers.Count > 2)
            return;
        var tag = string.Create(CultureInfo.InvariantCulture, $"t{++_lastConsumer}");
        var noAck = choices.OneIn(5);
        trace.Tell($"  {channel} consumes from {queue.Name} as {tag}");
        channel.Consume(queue, tag, noAck);
    }

    private void Settle(SimChannel channel)
    {
        if (channel.Held.Count == 0)
            return;
        var tags = channel.Held.Keys.Where(tag => !channel.Settling.Contains(tag)).ToArray();
        if (tags.Length == 0)
            return;
        var index = choices.Next(tags.Length);
        var isMultiple = choices.OneIn(4);
        var chosen = isMultiple ? tags[..(index + 1)] : tags[index..(index + 1)];
        var how = choices.Next(6);
        var tag = tags[index];
        if (how == 5 && Has(Features.Rejects))
            Settle(channel, chosen, "rejects", () => channel.Send(new BasicNack(tag, isMultiple, Requeue: false)), ledger.Reject);
        else if (how is 3 or 4 && Has(Features.Requeues))
            Settle(channel, chosen, "requeues", () => channel.Send(new BasicNack(tag, isMultiple, Requeue: true)), entry => ledger.Return(entry, isFailure: true));
        else
            Settle(channel, chosen, "acknowledges", () => channel.Send(new BasicAck(tag, isMultiple)), entry => ledger.Remove(entry, "acknowledged"));
    }

    private void Settle(SimChannel channel, ulong[] tags, string word, Action send, Action<Entry> deed)
    {
        var deeds = tags.Select(tag => (Tag: tag, Entry: channel.Held[tag])).ToArray();
        trace.Tell($"  {channel} {word} {string.Join(", ", deeds.Select(static one => one.Entry))}");
        if (channel.IsTransactional)
        {
            channel.Settling.UnionWith(tags);
            channel.InTransaction.Add(Do);
        }
        else
        {
            Do();
        }
        send();

        void Do()
        {
            foreach (var (tag, entry) in deeds)
            {
                channel.Held.Remove(tag);
                if (entry.Holder == channel)
                    deed(entry);
            }
        }
    }

    private void DeclareQueue(SimChannel channel, string name)
    {
        var existing = Topology.FindQueue(name);
        if (existing is null)
            existing = NewQueue(channel, name);
        if (existing is not null)
            Declare(channel, existing);
    }

    private QueueModel? NewQueue(SimChannel channel, string name)
    {
        var isQuorum = Has(Features.Quorum) && choices.Next(3) == 2;
        var deadName = "dead-" + name;
        var hasDead = Has(Features.DeadLetters) && choices.Next(2) == 1;
        if (hasDead && Topology.FindQueue(deadName) is null)
        {
            var dead = new QueueModel(deadName, machine.Current) { IsDurable = true };
            Topology.Queues.Add(dead);
            Declare(channel, dead);
        }
        var hasLimit = Has(Features.Limits) && choices.Next(3) == 2;
        var queue = new QueueModel(name, machine.Current)
        {
            IsQuorum = isQuorum,
            IsDurable = isQuorum || !Has(Features.Transient) || choices.Next(4) != 3,
            MaxPriority = !isQuorum && Has(Features.Priorities) && choices.Next(2) == 1 ? 3 : 0,
            TimeToLiveMs = Has(Features.TimeToLive) && choices.Next(3) == 2 ? choices.Between(10, 2000) : 0,
            MaxLength = hasLimit ? choices.Between(1, 4) : 0,
            RejectsPublish = hasLimit && choices.Next(2) == 1,
            DeliveryLimit = isQuorum && choices.Next(2) == 1 ? choices.Between(1, 3) : 0,
            DeadLettersTo = hasDead ? deadName : null,
        };
        Topology.Queues.Add(queue);
        return queue;
    }

    private void Declare(SimChannel channel, QueueModel queue)
    {
        trace.Tell($"  {channel} declares {queue.Name}: durable {queue.IsDurable}, quorum {queue.IsQuorum}, ttl {queue.TimeToLiveMs}, limit {queue.MaxLength}, reject {queue.RejectsPublish}, priorities {queue.MaxPriority}, deliveries {queue.DeliveryLimit}, dead {queue.DeadLettersTo ?? "-"}");
        channel.Send(new QueueDeclare(queue.Wire, Durable: queue.IsDurable, Arguments: queue.Arguments()));
    }

    private void DeclareExchange(SimChannel channel, string name)
    {
        if (Topology.FindExchange(name) is not { } exchange)
        {
            var type = choices.Next(3) switch
            {
                1 when Has(Features.TopicRoutes) => "topic",
                2 when Has(Features.Fanout) => "fanout",
                _ => "direct",
            };
            exchange = new ExchangeModel(name, type, machine.Current) { IsDurable = !Has(Features.Transient) || choices.Next(4) != 3 };
            Topology.Exchanges.Add(exchange);
        }
        trace.Tell($"  {channel} declares exchange {exchange.Name}, {exchange.Type}, durable {exchange.IsDurable}");
        channel.Send(new ExchangeDeclare(exchange.Name, exchange.Type, Durable: exchange.IsDurable));
    }

    private void Bind(SimChannel channel)
    {
        var exchanges = Topology.Exchanges.FindAll(static one => one.Exists && one.Name != DelayExchange);
        if (exchanges.Count == 0 || PickQueue() is not { } queue || queue.Name.StartsWith("dead", StringComparison.Ordinal))
            return;
        var exchange = choices.Pick(exchanges);
        Bind(channel, exchange, queue, exchange.Type == "topic" ? choices.Pick(s_patterns) : choices.Pick(s_keys));
    }

    private void Bind(SimChannel channel, ExchangeModel exchange, QueueModel queue, string key)
    {
        trace.Tell($"  {channel} binds {queue.Name} to {exchange.Name} with '{key}'");
        if (Topology.FindBinding(exchange, queue, key) is null)
            Topology.Bindings.Add(new BindingModel(exchange, queue, key, machine.Current));
        channel.Send(new QueueBind(queue.Wire, exchange.Name, key));
    }

    private void Unbind(SimChannel channel)
    {
        var bindings = Topology.Bindings.FindAll(static one => one.Exists && one.Source.Name != DelayExchange);
        if (!Has(Features.Unbinds) || bindings.Count == 0)
            return;
        var binding = choices.Pick(bindings);
        trace.Tell($"  {channel} unbinds {binding.Queue.Name} from {binding.Source.Name} with '{binding.Key}'");
        binding.Deleted = machine.Current;
        channel.Send(new QueueUnbind(binding.Queue.Wire, binding.Source.Name, binding.Key));
    }

    private void Delete(SimChannel channel)
    {
        if (!Has(Features.Deletes))
            return;
        if (choices.Next(3) == 2)
        {
            DeleteExchange(channel);
            return;
        }
        if (PickQueue() is not { } queue || queue.Name == DelayExchange || queue.Name.StartsWith("dead", StringComparison.Ordinal))
            return;
        trace.Tell($"  {channel} deletes {queue.Name}");
        Topology.Delete(queue, machine.Current);
        channel.Send(new QueueDelete(queue.Wire));
    }

    private void DeleteExchange(SimChannel channel)
    {
        var exchanges = Topology.Exchanges.FindAll(static one => one.Exists && one.Name != DelayExchange);
        if (exchanges.Count == 0)
            return;
        var exchange = choices.Pick(exchanges);
        trace.Tell($"  {channel} deletes exchange {exchange.Name}");
        Topology.Delete(exchange, machine.Current);
        channel.Send(new ExchangeDelete(exchange.Name));
    }

    private void Purge(SimChannel channel)
    {
        if (!Has(Features.Purges) || PickQueue() is not { } queue)
            return;
        EndBatch(); // What was delivered before has come.
        trace.Tell($"  {channel} purges {queue.Name}");
        ledger.Purge(queue);
        channel.Send(new QueuePurge(queue.Wire));
    }

    private void EndTransaction(SimChannel channel)
    {
        if (!channel.IsTransactional)
            return;
        if (choices.Next(4) == 3)
        {
            trace.Tell($"  {channel} rolls back");
            channel.Rollback();
            return;
        }
        trace.Tell($"  {channel} commits");
        channel.Commit();
    }

    private void Manage(SimChannel channel)
    {
        if (!Has(Features.Consumers))
            return;
        if (channel.Consumers.Count > 0 && choices.Next(2) == 1)
        {
            var tag = choices.Pick(channel.Consumers.ToArray());
            trace.Tell($"  {channel} cancels {tag}");
            channel.Cancel(tag);
            return;
        }
        channel.Send(new BasicQos(0, (ushort)choices.Between(1, 5)));
    }

    private void Wait()
    {
        var ms = choices.Next(3) == 2 ? choices.Next(3000) : choices.Next(50);
        trace.Tell($"  {ms} ms pass");
        EndBatch();
        machine.Advance(ms * TimeSpan.TicksPerMillisecond);
    }

    private void EndBatch()
    {
        machine.EndBatch();
        ledger.EndBatch();
    }

    private void SetUpDelays(SimChannel channel)
    {
        var exchange = new ExchangeModel(DelayExchange, "direct", machine.Current) { IsDurable = true };
        Topology.Exchanges.Add(exchange);
        trace.Tell($"  {channel} declares exchange {DelayExchange}");
        channel.Send(new ExchangeDeclare(DelayExchange, "x-delayed-message", Durable: true, Arguments: FieldTable.Create(("x-delayed-type", "direct"))));
        var queue = new QueueModel(DelayExchange, machine.Current) { IsDurable = true };
        Topology.Queues.Add(queue);
        Declare(channel, queue);
        Bind(channel, exchange, queue, "k");
    }

    private QueueModel? PickQueue()
    {
        var queues = Topology.Queues.FindAll(static queue => queue.Exists);
        return queues.Count == 0 ? null : choices.Pick(queues);
    }

    private static byte[] Octets(BasicProperties properties)
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return octets;
    }
}
