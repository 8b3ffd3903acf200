namespace Warren.Differential;

/// <summary>
/// Scripts by seed. A script begins with some queues, exchanges and bindings and goes on with anything, mostly with names that are there. It knows only roughly
/// what the broker holds by then; what a step aims at and misses is a step too.
/// </summary>
public sealed class ScriptGenerator
{
    private static readonly string[] Patterns = ["a", "b", "a.b", "a.*", "#", "*.b", "a.#", "", "*", "#.b", "a..b", "*.*"];

    private readonly Dice _dice;
    private readonly List<Step> _steps = [];
    private readonly List<string> _queues = [];
    private readonly Dictionary<string, string> _exchanges = new() { ["amq.direct"] = "direct", ["amq.topic"] = "topic", ["amq.headers"] = "headers", ["amq.match"] = "headers" };
    private readonly List<(int Connection, ushort Channel, string Tag)> _consumers = [];
    private readonly bool _usesQuorum;
    private readonly int _connections;
    private readonly int _channels;
    private (int Connection, ushort Channel) _at = (1, 1);

    private ScriptGenerator(int seed)
    {
        _dice = new Dice(seed);
        _usesQuorum = _dice.Percent(7);
        _connections = _dice.Weighted((55, 1), (30, 2), (15, 3));
        _channels = _dice.Weighted((40, 1), (40, 2), (20, 3));
    }

    /// <summary>The script of a seed.</summary>
    public static Script Next(int seed)
    {
        var generator = new ScriptGenerator(seed);
        generator.Generate();
        return new Script(generator._steps);
    }

    private void Generate()
    {
        for (var i = 1 + _dice.Below(3); i > 0; i--)
            DeclareQueue();
        for (var i = _dice.Below(3); i > 0; i--)
            DeclareExchange();
        for (var i = _dice.Below(3); i > 0; i--)
            BindQueue();
        if (_dice.Percent(25))
            Add(At("confirm.select"));
        else if (_dice.Percent(8))
            Add(At("tx.select"));
        for (var i = 8 + _dice.Below(17); i > 0; i--)
            Anything();
    }

    private void Anything()
    {
        if (_dice.Percent(35))
            _at = (1 + _dice.Below(_connections), (ushort)(1 + _dice.Below(_channels)));
        Action act = _dice.Weighted<Action>(
            (260, Publish), (30, PublishMany), (90, Consume), (80, Get), (150, Settle), (35, Recover), (30, Qos), (35, Cancel),
            (60, DeclareQueue), (30, DeclareExchange), (50, BindQueue), (20, UnbindQueue), (18, BindExchange), (8, UnbindExchange),
            (18, DeleteQueue), (12, DeleteExchange), (15, Purge), (14, CloseChannel), (6, CloseConnection), (15, Confirm), (22, Transact), (14, Odd));
        act();
    }

    // ----- Queues and exchanges -----

    private void DeclareQueue()
    {
        var name = _dice.Weighted((70, $"~q{1 + _dice.Below(4)}"), (10, ""), (2, "amq.queue"), (2, "{gen:1}"), (1, "amq.rabbitmq.reply-to"), (1, "~long{x230}"));
        var step = At("queue.declare").With("queue", name);
        if (_queues.Contains(name) && _dice.Percent(35))
        {
            Add(step.Bit("passive", _dice.Percent(70)).Bit("nowait", _dice.Percent(10)));
            return;
        }
        var isQuorum = _usesQuorum && _dice.Percent(60);
        Add(step
            .Bit("durable", isQuorum || _dice.Percent(25))
            .Bit("exclusive", _dice.Percent(isQuorum ? 3 : 12))
            .Bit("auto-delete", _dice.Percent(isQuorum ? 3 : 15))
            .Bit("nowait", _dice.Percent(4))
            .All(QueueArgumentChoice.Next(_dice, isQuorum)));
        _queues.Add(name.Length == 0 ? "{gen:1}" : name);
    }

    private void DeclareExchange()
    {
        var name = _dice.Weighted((90, $"~e{1 + _dice.Below(4)}"), (3, "amq.direct"), (2, "amq.mine"), (1, ""), (1, "~missing"));
        var type = _exchanges.TryGetValue(name, out var known) && _dice.Percent(80)
            ? known
            : _dice.Weighted((30, "direct"), (25, "fanout"), (30, "topic"), (25, "headers"), (1, "zzz"), (1, "{x0}"));
        var step = At("exchange.declare").With("exchange", name).With("type", type)
            .Bit("passive", _dice.Percent(8)).Bit("durable", name == "amq.direct" || _dice.Percent(12)).Bit("auto-delete", _dice.Percent(12))
            .Bit("internal", _dice.Percent(5)).Bit("nowait", _dice.Percent(4));
        if (_dice.Percent(18))
            step.With("arg.alternate-exchange", _dice.Percent(97) ? $"S:{_dice.One("~e1", "~e2", "~e4", "amq.fanout", "~missing")}" : "I:1");
        if (_dice.Percent(4))
            step.With("arg.other", "I:1");
        Add(step);
        if (name.Length > 0)
            _exchanges.TryAdd(name, type);
    }

    private void BindQueue() => Bind("queue.bind", "queue", Queue(), "exchange");

    private void UnbindQueue() => Bind("queue.unbind", "queue", Queue(), "exchange");

    private void BindExchange() => Bind("exchange.bind", "destination", Exchange(), "source");

    private void UnbindExchange() => Bind("exchange.unbind", "destination", Exchange(), "source");

    private void Bind(string method, string destinationField, string destination, string sourceField)
    {
        var source = Exchange();
        var step = At(method).With(destinationField, destination).With(sourceField, source).With("key", _dice.Percent(85) ? _dice.One<string>(Patterns) : Key())
            .Bit("nowait", method != "queue.unbind" && _dice.Percent(4));
        if (_exchanges.GetValueOrDefault(source) == "headers" || _dice.Percent(5))
        {
            if (_dice.Percent(70))
                step.With("arg.x-match", _dice.Weighted((40, "S:all"), (40, "S:any"), (8, "S:all-with-x"), (8, "S:any-with-x"), (2, "S:zzz"), (2, "I:1")));
            if (_dice.Percent(80))
                step.With("arg.h", _dice.One("S:a", "S:b", "I:1", "l:1", "V:", "t:true", "S:1"));
            if (_dice.Percent(40))
                step.With("arg.k", _dice.One("S:a", "S:b", "I:1", "V:", "A:[S:a;I:1]"));
            if (_dice.Percent(8))
                step.With("arg.x-other", "S:a");
        }
        Add(step);
    }

    private void DeleteQueue()
    {
        var queue = Queue();
        Add(At("queue.delete").With("queue", queue).Bit("if-unused", _dice.Percent(30)).Bit("if-empty", _dice.Percent(30)).Bit("nowait", _dice.Percent(10)));
        if (_dice.Percent(50))
            _queues.Remove(queue);
    }

    private void DeleteExchange() => Add(At("exchange.delete").With("exchange", Exchange()).Bit("if-unused", _dice.Percent(40)).Bit("nowait", _dice.Percent(10)));

    private void Purge() => Add(At("queue.purge").With("queue", Queue()).Bit("nowait", _dice.Percent(15)));

    // ----- Messages -----

    private void Publish() => Add(Message());

    // One segment, so that confirms may be joined and consumers get several at once.
    private void PublishMany()
    {
        for (var i = 2 + _dice.Below(4); i > 0; i--)
            _steps.Add(Message().Build(isHeld: i > 1));
    }

    private StepBuilder Message()
    {
        var isDirect = _dice.Percent(55);
        return At("basic.publish").With("exchange", isDirect ? "" : Exchange()).With("key", isDirect ? Queue() : Key())
            .Bit("mandatory", _dice.Percent(15)).Bit("immediate", _dice.Percent(1))
            .All(MessageChoice.Next(_dice, ["~q1", "~q2", "a", "a.b", "nowhere"]));
    }

    private void Consume()
    {
        var tag = _dice.Percent(80) ? $"t{1 + _dice.Below(30)}" : "";
        var queue = _dice.Weighted((96, Queue()), (4, "amq.rabbitmq.reply-to"));
        var noAck = _dice.Percent(queue.StartsWith("amq.r", StringComparison.Ordinal) ? 90 : 30);
        var step = At("basic.consume").With("queue", queue).With("consumer", tag).Bit("no-ack", noAck).Bit("no-local", _dice.Percent(4))
            .Bit("exclusive", _dice.Percent(6)).Bit("nowait", tag.Length > 0 && _dice.Percent(8));
        if (_dice.Percent(12))
            step.With("arg.x-priority", _dice.Weighted((30, "I:1"), (30, "I:5"), (20, "I:-3"), (10, "l:2"), (4, "S:a")));
        Add(step);
        _consumers.Add((_at.Connection, _at.Channel, tag.Length == 0 ? "{tag:1}" : tag));
    }

    private void Get() => Add(At("basic.get").With("queue", Queue()).Bit("no-ack", _dice.Percent(35)));

    private void Settle()
    {
        var method = _dice.Weighted((45, "basic.ack"), (30, "basic.nack"), (25, "basic.reject"));
        var step = At(method).With("delivery", _dice.Weighted((92, $"@{_dice.Below(5)}"), (4, "0"), (2, "99"), (2, "1")));
        if (method != "basic.reject")
            step.Bit("multiple", _dice.Percent(30));
        if (method != "basic.ack")
            step.Bit("requeue", _dice.Percent(60));
        Add(step);
    }

    private void Recover() => Add(At(_dice.Percent(80) ? "basic.recover" : "basic.recover-async").Bit("requeue", _dice.Percent(97)));

    private void Qos() => Add(At("basic.qos").With("count", $"{_dice.Below(4)}").Bit("global", _dice.Percent(40)).All(_dice.Percent(2) ? [("size", "5")] : []));

    private void Cancel()
    {
        var (connection, channel, tag) = _consumers.Count > 0 ? _dice.OneOf(_consumers) : (_at.Connection, _at.Channel, "t1");
        Add(new StepBuilder(connection, channel, "basic.cancel").With("consumer", tag).Bit("nowait", _dice.Percent(15)));
    }

    private void Confirm() => Add(At("confirm.select").Bit("nowait", _dice.Percent(20)));

    private void Transact() => Add(At(_dice.Weighted((20, "tx.select"), (60, "tx.commit"), (30, "tx.rollback"))));

    // ----- Ends and oddities -----

    private void CloseChannel() => Add(At(_dice.Percent(90) ? "channel.close" : "channel.open"));

    private void CloseConnection() => Add(At(_dice.Percent(50) ? "connection.close" : "drop"));

    private void Odd()
    {
        switch (_dice.Below(5))
        {
            case 0: Add(At("channel.flow").Bit("active", _dice.Percent(85))); break;
            case 1: Add(At("unopened").With("method", _dice.One("basic.get", "queue.declare", "basic.ack", "tx.commit", "basic.recover")).With("queue", "~q1")); break;
            case 2: Add(At("frame").With("type", _dice.One("2", "3")).With("payload", "003c0000000000000000000000000000"[.._dice.One(0, 28)])); break;
            case 3: Add(At("queue.bind").With("queue", "").With("exchange", "amq.direct").With("key", "")); break;
            default: Add(At("basic.get").With("queue", "")); break;
        }
    }

    private StepBuilder At(string method) => new(_at.Connection, _at.Channel, method);

    private void Add(StepBuilder step) => _steps.Add(step.Build());

    private string Queue() => _queues.Count > 0 && _dice.Percent(94) ? _dice.OneOf(_queues) : _dice.Weighted((60, $"~q{1 + _dice.Below(4)}"), (20, ""), (10, "{gen:1}"));

    private string Exchange() => _dice.Percent(94) ? _dice.OneOf<string>([.. _exchanges.Keys]) : _dice.Weighted((60, $"~e{1 + _dice.Below(4)}"), (8, ""), (10, "~missing"));

    private string Key() => _dice.One("a", "b", "a.b", "a.b.c", "{x0}", "a..b", ".a", "a.", "~q1", "~q2");
}
