using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>Random queues and random clients beside a model that is a sorted list: order, limits, expiry, deaths and confirms must be the same.</summary>
public sealed class QueueModelTests
{
    [Fact]
    public void A_queue_does_what_a_sorted_list_does()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            try
            {
                using var run = new Run(new Random(seed));
                for (var i = 0; i < 60; i++)
                    run.Step();
                run.Finish();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }

    private sealed record Entry(int Id, int Level, string Body, long ExpiresAtMs)
    {
        public int Returns { get; set; }
    }

    private sealed class Run : IDisposable
    {
        private readonly Random _random;
        private readonly EngineHarness _broker = new();
        private readonly TestChannel _channel;
        private readonly int? _timeToLiveMs;
        private readonly int? _maxLength;
        private readonly int? _maxOctets;
        private readonly int? _deliveryLimit; // Set for quorum queues.
        private readonly int? _maxPriority; // Not for quorum queues.
        private readonly bool _rejects;
        private readonly bool _rejectsToDead;
        private readonly List<Entry> _ready = []; // By level and id: what comes back takes its place.
        private readonly List<(ulong Tag, Entry Entry)> _held = [];
        private readonly List<string> _dead = [];
        private long _nowMs;
        private int _lastId;
        private ulong _published;

        public Run(Random random)
        {
            _random = random;
            _timeToLiveMs = Maybe(0, 50);
            _maxLength = Maybe(0, 6);
            _maxOctets = Maybe(0, 40);
            _deliveryLimit = Maybe(0, 4);
            _maxPriority = _deliveryLimit is null ? Maybe(0, 4) : null;
            var overflow = random.Next(3);
            _rejects = overflow > 0 && (overflow == 1 || _deliveryLimit is null);
            _rejectsToDead = _rejects && overflow == 2;
            _channel = _broker.OpenChannel();
            _channel.DeclareQueue("dead");
            _channel.DeclareQueue("q", durable: true, arguments: Arguments(overflow));
            _channel.Ask<ConfirmSelect, ConfirmSelectOk>(default);
        }

        public void Dispose() => _broker.Dispose();

        public void Step()
        {
            switch (_random.Next(8))
            {
                case 0 or 1 or 2: Publish(); break;
                case 3 or 4: Get(noAck: _random.Next(3) == 0); break;
                case 5 or 6: Settle(); break;
                default: Pass(_random.Next(30)); break;
            }
            var queue = _broker.Queue("q");
            Assert.Equal((_ready.Count, _held.Count), (queue.Ready, queue.Unacknowledged));
            Assert.Equal(_dead.Count, _broker.Queue("dead").Ready);
        }

        public void Finish()
        {
            while (_ready.Count > 0)
                Get(noAck: true);
            Assert.Null(_channel.Get("q"));
            Assert.Equal(_dead, _channel.Drain("dead"));
        }

        private void Publish()
        {
            var id = ++_lastId;
            var body = $"{id}:".PadRight(_random.Next(4, 15), '.');
            var expirationMs = Maybe(0, 60);
            var priority = Maybe(0, _deliveryLimit is null ? 6 : 4); // From 5 on it would be a high one in a quorum queue.
            var expiration = expirationMs is { } ms ? $"{ms}" : default(ShortString?);
            _channel.Publish(body, "q", properties: new BasicProperties { Expiration = expiration, Priority = (byte?)priority });
            _published++;
            if (_rejects && (_ready.Count + 1 > _maxLength || Octets() + body.Length > _maxOctets))
            {
                Assert.Equal(_published, _channel.Expect<BasicNack>().DeliveryTag);
                if (_rejectsToDead)
                    _dead.Add(body);
                return;
            }
            Assert.Equal(new BasicAck(_published), _channel.Expect<BasicAck>());
            var timeToLiveMs = Math.Min(expirationMs ?? long.MaxValue, _timeToLiveMs ?? long.MaxValue);
            Insert(new Entry(id, Math.Min(priority ?? 0, _maxPriority ?? 0), body, timeToLiveMs == long.MaxValue ? long.MaxValue : _nowMs + timeToLiveMs));
        }

        private void Get(bool noAck)
        {
            var got = _channel.Get("q", noAck);
            Assert.Equal(_ready.Count > 0 ? _ready[0].Body : null, got?.Content.Body);
            if (got is null)
                return;
            var entry = _ready[0];
            _ready.RemoveAt(0);
            Assert.Equal(entry.Returns > 0, got.Value.Get.Redelivered);
            if (!noAck)
                _held.Add((got.Value.Get.DeliveryTag, entry));
            Trim();
        }

        private void Settle()
        {
            if (_held.Count == 0)
                return;
            var (tag, entry) = _held[_random.Next(_held.Count)];
            _held.Remove((tag, entry));
            switch (_random.Next(4))
            {
                case 0:
                    _channel.Send(new BasicAck(tag));
                    return;
                case 1:
                    _channel.Send(new BasicReject(tag, Requeue: false));
                    _dead.Add(entry.Body);
                    return;
            }
            _channel.Send(new BasicNack(tag, Multiple: false, Requeue: true));
            if (++entry.Returns > _deliveryLimit)
            {
                _dead.Add(entry.Body);
                return;
            }
            Insert(entry);
        }

        private void Insert(Entry entry)
        {
            var after = _ready.FindIndex(other => other.Level < entry.Level || (other.Level == entry.Level && other.Id > entry.Id));
            _ready.Insert(after < 0 ? _ready.Count : after, entry);
            Trim();
        }

        private void Pass(int ms)
        {
            _broker.AdvanceWhenDue(TimeSpan.FromMilliseconds(ms));
            for (var left = ms; left > 0; left--)
            {
                _nowMs++;
                Trim();
            }
        }

        private void Trim()
        {
            while (!_rejects && _ready.Count > 0 && (_ready.Count > _maxLength || Octets() > _maxOctets))
                DropFirst();
            while (_ready.Count > 0 && _ready[0].ExpiresAtMs <= _nowMs)
                DropFirst();
        }

        private void DropFirst()
        {
            _dead.Add(_ready[0].Body);
            _ready.RemoveAt(0);
        }

        private int Octets() => _ready.Sum(entry => entry.Body.Length);

        private int? Maybe(int from, int to) => _random.Next(2) == 0 ? null : _random.Next(from, to);

        private FieldTable Arguments(int overflow)
        {
            var arguments = new Dictionary<string, object?>
            {
                ["x-dead-letter-exchange"] = "",
                ["x-dead-letter-routing-key"] = "dead",
                ["x-overflow"] = ((string[])["drop-head", "reject-publish", "reject-publish-dlx"])[overflow],
            };
            if (_timeToLiveMs is { } timeToLive)
                arguments["x-message-ttl"] = timeToLive;
            if (_maxLength is { } maxLength)
                arguments["x-max-length"] = maxLength;
            if (_maxOctets is { } maxOctets)
                arguments["x-max-length-bytes"] = maxOctets;
            if (_maxPriority is { } maxPriority)
                arguments["x-max-priority"] = maxPriority;
            if (_deliveryLimit is { } deliveryLimit)
            {
                arguments["x-queue-type"] = "quorum";
                arguments["x-delivery-limit"] = deliveryLimit;
            }
            return FieldTable.From(arguments);
        }
    }
}
