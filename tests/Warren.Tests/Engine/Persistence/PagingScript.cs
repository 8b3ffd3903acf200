using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>What a random client does, and all that it sees: the same for the same seed, whatever memory the broker has.</summary>
internal sealed class PagingScript
{
    private static readonly string[] s_queues = ["plain", "short", "ranked", "quorum", "dead"];

    private readonly Random _random;
    private readonly DurableBroker _durable;
    private readonly List<string> _seen = [];
    private readonly List<ulong> _held = [];
    private TestChannel _channel;
    private int _lastId;

    public PagingScript(int seed, long? bodyOctets)
    {
        _random = new Random(seed);
        _durable = new DurableBroker(bodyOctets: bodyOctets);
        _channel = _durable.OpenChannel();
        (string, object?)[] letters = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")];
        Declare("plain");
        Declare("dead");
        Declare("short", [("x-max-length", 12), ("x-message-ttl", 3000), .. letters]);
        Declare("ranked", ("x-max-priority", 3));
        Declare("quorum", [("x-queue-type", "quorum"), ("x-delivery-limit", 2), .. letters]);
    }

    /// <summary>Everything that was delivered and counted, in order.</summary>
    public List<string> Run()
    {
        for (var i = 0; i < 150; i++)
        {
            Act(s_queues[_random.Next(s_queues.Length)]);
            Read();
        }
        foreach (var queue in s_queues)
            _seen.Add($"{queue}: {string.Join(',', _channel.Drain(queue))}");
        _durable.Dispose();
        return _seen;
    }

    private void Act(string queue)
    {
        switch (_random.Next(20))
        {
            case < 8: _durable.Broker.BatchUnchecked(() => Publish(queue, _random.Next(1, 15))); break;
            case < 11: Get(queue); break;
            case < 15: Settle(); break;
            case 15: _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(_random.Next(1500))); break;
            case 16 when _random.Next(3) == 0: _seen.Add($"purged {_channel.Ask<QueuePurge, QueuePurgeOk>(new QueuePurge(queue)).MessageCount}"); break;
            case 17: Consume(queue); break;
            case 18: Leave(); break;
            case 19 when _random.Next(3) == 0: Crash(); break;
        }
        _seen.Add($"{queue} {_durable.Broker.Queue(queue).Ready} {_durable.Broker.Engine.Host.Queues.Find(System.Text.Encoding.UTF8.GetBytes(queue))!.ReadyOctets}");
    }

    private void Declare(string queue, params (string, object?)[] arguments) => _channel.DeclareQueue(queue, durable: true, arguments: FieldTable.Create(arguments));

    private void Publish(string queue, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var properties = new BasicProperties
            {
                DeliveryMode = (byte)(_random.Next(6) == 0 ? 1 : 2),
                Priority = (byte)_random.Next(4),
                Expiration = _random.Next(8) == 0 ? "900" : default(ShortString?),
                Headers = _random.Next(4) == 0 ? FieldTable.Create(("CC", new object[] { "plain" })) : null,
            };
            _channel.Publish($"{++_lastId}:{new string('.', _random.Next(600))}", queue, properties: properties);
        }
    }

    private void Get(string queue)
    {
        var noAck = _random.Next(3) == 0;
        if (_channel.Get(queue, noAck) is not { } got)
            return;
        _seen.Add($"got {got.Get.Redelivered} {got.Get.RoutingKey} {got.Content.Body} {HeaderText.Of(got.Content.Properties.Headers)}");
        if (!noAck)
            _held.Add(got.Get.DeliveryTag);
    }

    private void Settle()
    {
        if (_held.Count == 0)
            return;
        var tag = _held[_random.Next(_held.Count)];
        _held.Remove(tag);
        switch (_random.Next(3))
        {
            case 0: _channel.Send(new BasicAck(tag, false)); break;
            case 1: _channel.Send(new BasicReject(tag, Requeue: true)); break;
            default: _channel.Send(new BasicReject(tag, Requeue: false)); break;
        }
    }

    // Takes some, and goes.
    private void Consume(string queue)
    {
        _channel.Qos(5);
        var tag = _channel.Consume(queue);
        Read();
        _channel.Ask<BasicCancel, BasicCancelOk>(new BasicCancel(tag));
    }

    private void Leave()
    {
        _channel.Connection.Lose();
        Begin();
    }

    private void Crash()
    {
        _durable.Persist();
        _durable.Crash();
        Begin();
    }

    private void Begin()
    {
        _held.Clear();
        _channel = _durable.OpenChannel();
    }

    private void Read()
    {
        while (_channel.Pending > 0)
        {
            var deliver = _channel.Expect<BasicDeliver>();
            var content = _channel.ExpectContent();
            _seen.Add($"delivered {deliver.Redelivered} {deliver.RoutingKey} {content.Body} {HeaderText.Of(content.Properties.Headers)}");
            _held.Add(deliver.DeliveryTag);
        }
    }
}
