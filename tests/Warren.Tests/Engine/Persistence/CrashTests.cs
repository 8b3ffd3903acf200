using System.Text;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>
/// Random clients at a broker that crashes, with any of what it had appended on disk. What comes back is to the octet what it had been at that moment, and no client was ever told more than
/// that.
/// </summary>
public sealed class CrashTests
{
    [Fact]
    public void I1_I2_I3_I8_I9_after_a_crash_at_any_step_everything_is_as_it_was_at_that_step() => Try(60, static random =>
    {
        using var run = new CrashRun(random);
        for (var i = 0; i < 60; i++)
            run.Step();
        run.RecoverEverySeal();
    });

    [Fact]
    public void I1_to_I10_and_I16_hold_through_any_number_of_crashes() => Try(120, static random =>
    {
        using var run = new CrashRun(random);
        for (var i = 0; i < 150; i++)
        {
            if (random.Next(25) == 0)
                run.Crash();
            else
                run.Step();
        }
        run.Crash();
        run.Drain();
    });

    [Fact]
    public void I1_to_I10_hold_when_next_to_nothing_stays_in_memory() => Try(40, static random =>
    {
        using var run = new CrashRun(random, bodyOctets: random.Next(4000));
        for (var i = 0; i < 150; i++)
        {
            if (random.Next(25) == 0)
                run.Crash();
            else
                run.Step();
        }
        run.Crash();
        run.Drain();
    });

    private static void Try(int seeds, Action<Random> run)
    {
        var only = Environment.GetEnvironmentVariable("WARREN_SEED"); // Replays one.
        foreach (var seed in only is null ? Enumerable.Range(0, seeds) : [int.Parse(only, System.Globalization.CultureInfo.InvariantCulture)])
        {
            try
            {
                run(new Random(seed));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Assert.Fail($"WARREN_SEED={seed}: {e}");
            }
        }
    }

    // A broker, a client of it, and a ledger of what the client has been told.
    private sealed class CrashRun : IDisposable
    {
        private static readonly string[] s_queues = ["classic", "short", "ranked", "quorum", "letters", "passing"];

        private readonly Random _random;
        private readonly long? _bodyOctets;
        private readonly DurableBroker _durable;
        private readonly Dictionary<long, string> _states = [];
        private readonly HashSet<string> _seen = []; // Queue and message.
        private readonly Dictionary<string, long> _acked = []; // With the journal's position of the ack.
        private readonly Dictionary<string, long> _counts = [];
        private readonly Dictionary<int, PropertiesView> _published = [];
        private readonly bool _isV43;
        private Client _client = null!;
        private int _lastId;

        public CrashRun(Random random, long? bodyOctets = null)
        {
            _random = random;
            _bodyOctets = bodyOctets;
            _isV43 = random.Next(2) == 0;
            _durable = new DurableBroker(new EngineOptions { Profile = _isV43 ? Profile.V43 : Profile.V42 }, bodyOctets) { IsDiskHeld = true };
            _durable.Broker.Sealed = Remember;
            Begin();
            DeclareAll();
        }

        public void Dispose() => _durable.Dispose();

        public void Step()
        {
            var queue = s_queues[_random.Next(s_queues.Length)];
            switch (_random.Next(24))
            {
                case < 8: Publish(); break;
                case < 10: Get(queue); break;
                case 10 or 11: Consume(queue); break;
                case < 16: Settle(); break;
                case < 18: _durable.Broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(_random.Next(200))); break;
                case 18 when _durable.Broker.QueueExists(queue): _client.Ask(new QueuePurge(queue), MethodId.QueuePurgeOk, isDurable: queue != "passing"); break;
                case 19: DeleteOrDeclare(queue); break;
                case 20: BindOrUnbind(queue); break;
                case 21: Leave(); break;
                default: PersistSome(); break;
            }
            Read();
        }

        /// <summary>It dies with anything on disk that it had appended, and comes back.</summary>
        public void Crash()
        {
            var at = Seals()[_random.Next(Seals().Count)];
            Restart(at);
            Begin();
        }

        /// <summary>Another broker comes back at each end of a batch, twice.</summary>
        public void RecoverEverySeal()
        {
            foreach (var at in Seals())
            {
                using var other = new DurableBroker(_durable.Broker.Engine.Options, _bodyOctets);
                other.Broker.Pass(_durable.Broker.Now - other.Broker.Now);
                other.Restart(_durable.Journal.Crash(at), _random);
                Assert.Empty(other.Report.Faults);
                Assert.Equal(_states[at], DurableState.Of(other.Broker.Engine));
                other.Crash(other.Journal.Position);
                Assert.Equal(_states[at], DurableState.Of(other.Broker.Engine));
            }
        }

        /// <summary>What is left is delivered, in order.</summary>
        public void Drain()
        {
            _durable.IsDiskHeld = false;
            _durable.Persist();
            foreach (var queue in _durable.Broker.Engine.Snapshot().Queues.Select(static queue => queue.Name.ToString()).ToList())
            {
                var last = -1;
                while (_durable.Broker.Queue(queue).Ready > 0)
                {
                    Get(queue);
                    var (id, isInOrder) = Read();
                    if (!isInOrder || queue == "ranked" || (_isV43 && queue is "quorum" or "letters")) // Priorities change the order.
                        continue;
                    Assert.True(id > last, $"I3: {id} comes behind {last} from {queue}");
                    last = id;
                }
            }
        }

        private List<int> Seals() => [.. _durable.Journal.Seals.Where(seal => seal >= _durable.Broker.Persisted)];

        private void Restart(int at)
        {
            var state = _states[at];
            _durable.Broker.Sealed = null;
            _durable.Crash(at, _random);
            _durable.IsDiskHeld = true;
            Assert.Empty(_durable.Report.Faults);
            Assert.Equal(state, DurableState.Of(_durable.Broker.Engine));
            foreach (var (message, position) in _acked.Where(acked => acked.Value > at).ToList())
                _acked.Remove(message);
            _states.Clear();
            _durable.Broker.Sealed = Remember;
            Remember();
            _durable.Persist(); // What recovery has removed, if anything.
        }

        // Nothing that survives changes unless something is appended.
        private void Remember()
        {
            var state = DurableState.Of(_durable.Broker.Engine);
            if (_states.TryGetValue(_durable.Journal.Position, out var before))
                Assert.Equal(before, state);
            _states[_durable.Journal.Position] = state;
        }

        private void Begin()
        {
            _client = new Client(_durable, _durable.OpenChannel());
            _client.Ask(default(ConfirmSelect), MethodId.ConfirmSelectOk);
            Read();
        }

        private void DeclareAll()
        {
            _client.Ask(new QueueDeclare("dead", Durable: true), MethodId.QueueDeclareOk, isDurable: true);
            _client.Ask(new ExchangeDeclare("fan", "fanout", Durable: true), MethodId.ExchangeDeclareOk, isDurable: true);
            var delayed = FieldTable.Create(("x-delayed-type", "fanout"));
            _client.Ask(new ExchangeDeclare("later", "x-delayed-message", Durable: true, Arguments: delayed), MethodId.ExchangeDeclareOk, isDurable: true);
            foreach (var queue in s_queues)
            {
                Declare(queue);
                _client.Ask(new QueueBind(queue, "fan", ""), MethodId.QueueBindOk, isDurable: queue != "passing");
            }
            _client.Ask(new QueueBind("classic", "later", ""), MethodId.QueueBindOk, isDurable: true);
            _client.Ask(new QueueBind("quorum", "later", ""), MethodId.QueueBindOk, isDurable: true);
            _durable.Persist();
            Read();
        }

        private void Declare(string queue)
        {
            (string, object?)[] deadLetters = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")];
            var arguments = queue switch
            {
                "short" => FieldTable.Create([("x-max-length", 3), ("x-message-ttl", 300), .. deadLetters]),
                "ranked" => FieldTable.Create(("x-max-priority", 3)),
                "quorum" => FieldTable.Create([("x-queue-type", "quorum"), ("x-delivery-limit", 3), .. deadLetters]),
                "letters" => FieldTable.Create(
                    ("x-queue-type", "quorum"), ("x-delivery-limit", 3), ("x-overflow", "reject-publish"), ("x-max-length", 6), ("x-dead-letter-strategy", "at-least-once"),
                    ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "short")),
                _ => default,
            };
            var isPassing = queue == "passing";
            _client.Ask(new QueueDeclare(queue, Durable: !isPassing, Exclusive: isPassing, Arguments: arguments), MethodId.QueueDeclareOk, isDurable: !isPassing);
        }

        private void Publish()
        {
            var id = ++_lastId;
            var exchange = _random.Next(6) switch { 0 => "fan", 1 => "later", _ => "" };
            var properties = new BasicProperties
            {
                DeliveryMode = (byte)(_random.Next(4) == 0 ? 1 : 2),
                Priority = (byte)_random.Next(3),
                MessageId = $"{id}",
                Expiration = _random.Next(8) == 0 ? "150" : default(ShortString?),
                Headers = exchange == "later" ? FieldTable.Create(("x-delay", _random.Next(1, 400))) : null,
            };
            _published[id] = PropertiesView.Read(Encode(properties));
            _client.Publish($"#{id};{new string('.', _random.Next(30))}", s_queues[_random.Next(s_queues.Length)], exchange, properties);
        }

        private void Get(string queue)
        {
            if (!_durable.Broker.QueueExists(queue))
                return;
            var noAck = _random.Next(4) == 0;
            _client.AskGet(new BasicGet(queue, noAck), queue, noAck);
        }

        private void Consume(string queue)
        {
            if (!_durable.Broker.QueueExists(queue) || _durable.Broker.Queue(queue).Consumers > 1)
                return;
            _client.Consume(queue, noAck: _random.Next(4) == 0);
        }

        private void Settle()
        {
            if (_client.Held.Count == 0)
                return;
            var (tag, message) = _client.Held[_random.Next(_client.Held.Count)];
            _client.Held.Remove((tag, message));
            switch (_random.Next(4))
            {
                case 0: _client.Channel.Send(new BasicReject(tag, Requeue: true)); break;
                case 1: _client.Channel.Send(new BasicNack(tag, false, Requeue: false)); break;
                default:
                    _client.Channel.Send(new BasicAck(tag, false));
                    _acked[message] = _durable.Journal.Position;
                    break;
            }
        }

        private void DeleteOrDeclare(string queue)
        {
            if (_random.Next(2) == 0 && _durable.Broker.QueueExists(queue))
                _client.Ask(new QueueDelete(queue), MethodId.QueueDeleteOk, isDurable: queue != "passing");
            else
                Declare(queue);
        }

        private void BindOrUnbind(string queue)
        {
            if (!_durable.Broker.QueueExists(queue))
                return;
            if (_random.Next(2) == 0)
                _client.Ask(new QueueBind(queue, "fan", $"{_random.Next(3)}"), MethodId.QueueBindOk, isDurable: queue != "passing");
            else
                _client.Ask(new QueueUnbind(queue, "fan", $"{_random.Next(3)}", default), MethodId.QueueUnbindOk, isDurable: true);
        }

        private void Leave()
        {
            if (_random.Next(2) == 0)
            {
                _client.Channel.Connection.Lose();
            }
            else
            {
                _client.Ask(new ChannelClose(200, "bye"), MethodId.ChannelCloseOk);
                _client.Held.Clear();
                _durable.Persist();
                Read();
                Assert.Equal(0, _client.Owed);
                _client.Channel.Connection.Lose();
            }
            Begin();
        }

        private void PersistSome()
        {
            var seals = Seals();
            _durable.Broker.Persist(seals[_random.Next(seals.Count)]);
        }

        // Returns the last message's number, and whether it came straight from its publisher.
        private (int Id, bool IsInOrder) Read()
        {
            var last = (-1, false);
            while (_client.Next() is { } arrived)
                last = Take(arrived);
            return last;
        }

        private (int Id, bool IsInOrder) Take(Arrived arrived)
        {
            var id = int.Parse(arrived.Content.Body.Split(';')[0][1..], System.Globalization.CultureInfo.InvariantCulture);
            var properties = arrived.Content.Properties;
            var headers = properties.Headers.ToDictionary();
            var message = $"{arrived.Queue}/{id}/{headers.GetValueOrDefault("x-last-death-queue")}/{headers.GetValueOrDefault("x-first-death-queue")}/{headers.GetValueOrDefault("x-delay")}";
            Assert.Equal(_published[id].MessageId, properties.MessageId); // I2.
            Assert.Equal(_published[id].Priority, properties.Priority);
            Assert.Equal(_published[id].DeliveryMode, properties.DeliveryMode);
            Assert.False(_acked.ContainsKey(message), $"I4: {message} was acknowledged, and comes again");
            Assert.True(_seen.Add(message) || arrived.Redelivered, $"I5: {message} comes again as if for the first time");
            if (headers.GetValueOrDefault("x-delivery-count") is long count)
            {
                Assert.True(count >= _counts.GetValueOrDefault(message), $"I6: {message} came back {_counts.GetValueOrDefault(message)} times, and now {count}");
                _counts[message] = count;
            }
            if (arrived.Tag is { } tag)
                _client.Held.Add((tag, message));
            else
                _acked[message] = _durable.Journal.Position;
            return (id, !headers.ContainsKey("x-death") && !headers.ContainsKey("x-delay"));
        }

        private static byte[] Encode(BasicProperties properties)
        {
            using var buffer = new FrameBuffer();
            buffer.WriteContent(1, default(BasicPublish), properties, default, 4096);
            var octets = buffer.Written.ToArray();
            var header = 8 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(octets.AsSpan(3));
            return octets[(header + 7 + 12)..^1];
        }
    }

    private sealed record Arrived(string Queue, ulong? Tag, bool Redelivered, Content Content);

    // What one channel has asked, and what it was promised.
    private sealed class Client(DurableBroker durable, TestChannel channel)
    {
        private readonly Queue<(MethodId Answer, long Position, string? Queue, bool NoAck)> _asked = new();
        private readonly Dictionary<ulong, long> _unconfirmed = []; // With the position that has to be on disk.
        private readonly Dictionary<string, (string Queue, bool NoAck)> _consumers = [];
        private ulong _lastPublish;
        private ulong _lastConfirm;
        private int _lastTag;

        public TestChannel Channel => channel;

        public List<(ulong Tag, string Message)> Held { get; } = [];

        /// <summary>How many answers and confirms have not come.</summary>
        public int Owed => _asked.Count + _unconfirmed.Count;

        public void Ask<TMethod>(in TMethod method, MethodId answer, bool isDurable = false)
            where TMethod : struct, IMethod
        {
            channel.Send(method);
            _asked.Enqueue((answer, isDurable ? durable.Journal.Position : 0, null, false));
        }

        public void AskGet(in BasicGet get, string queue, bool noAck)
        {
            channel.Send(get);
            _asked.Enqueue((MethodId.BasicGetOk, 0, queue, noAck));
        }

        public void Consume(string queue, bool noAck)
        {
            var tag = $"{++_lastTag}";
            _consumers[tag] = (queue, noAck);
            channel.Send(new BasicConsume(queue, tag, NoAck: noAck));
            _asked.Enqueue((MethodId.BasicConsumeOk, 0, null, false));
        }

        public void Publish(string body, string queue, string exchange, BasicProperties properties)
        {
            channel.Publish(body, queue, exchange, properties: properties);
            var octets = Encoding.UTF8.GetBytes(body);
            var isKept = durable.Journal.Live.Values.Any(record => record.Kind == RecordKind.Message && record.Octets.AsSpan().EndsWith(octets));
            _unconfirmed[++_lastPublish] = isKept ? durable.Journal.Position : 0;
        }

        /// <summary>The next message; null when nothing is left to read.</summary>
        public Arrived? Next()
        {
            while (channel.Pending > 0)
            {
                switch (channel.PeekMethod())
                {
                    case MethodId.BasicAck: Confirm(channel.Expect<BasicAck>()); break;
                    case MethodId.BasicNack: Confirm(channel.Expect<BasicNack>()); break;
                    case MethodId.BasicDeliver: return Delivered(channel.Expect<BasicDeliver>());
                    case MethodId.BasicGetOk: return Got(channel.Expect<BasicGetOk>());
                    case MethodId.BasicCancel: channel.Expect<BasicCancel>(); break;
                    case var answer: Answered(answer); break;
                }
            }
            return null;
        }

        private void Answered(MethodId answer)
        {
            channel.Skip();
            var asked = _asked.Dequeue();
            Assert.Equal(asked.Answer, answer == MethodId.BasicGetEmpty ? MethodId.BasicGetOk : answer);
            Assert.True(durable.Broker.Persisted >= asked.Position, $"I8, I16: {answer} was sent at {durable.Broker.Persisted} of {asked.Position}");
        }

        private void Confirm(in BasicAck ack)
        {
            Assert.True(ack.DeliveryTag > _lastConfirm, $"I7: {ack.DeliveryTag} behind {_lastConfirm}");
            Assert.True(ack.Multiple || ack.DeliveryTag == _lastConfirm + 1, $"I7: {ack.DeliveryTag} behind {_lastConfirm}");
            while (_lastConfirm < ack.DeliveryTag)
                Confirm(++_lastConfirm);
        }

        private void Confirm(in BasicNack nack)
        {
            Assert.False(nack.Multiple);
            Assert.Equal(_lastConfirm + 1, nack.DeliveryTag);
            Confirm(++_lastConfirm);
        }

        private void Confirm(ulong publish)
        {
            Assert.True(_unconfirmed.Remove(publish, out var position), $"I7: {publish} is confirmed twice");
            Assert.True(durable.Broker.Persisted >= position, $"I7: {publish} was confirmed at {durable.Broker.Persisted} of {position}");
        }

        private Arrived Delivered(in BasicDeliver deliver)
        {
            var (queue, noAck) = _consumers[deliver.ConsumerTag.ToString()];
            return new Arrived(queue, noAck ? null : deliver.DeliveryTag, deliver.Redelivered, channel.ExpectContent());
        }

        private Arrived Got(in BasicGetOk got)
        {
            var (_, _, queue, noAck) = _asked.Dequeue();
            return new Arrived(queue!, noAck ? null : got.DeliveryTag, got.Redelivered, channel.ExpectContent());
        }
    }
}
