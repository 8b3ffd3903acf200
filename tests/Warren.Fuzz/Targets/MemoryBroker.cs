using System.Net;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;
using Warren.Engine;

namespace Warren.Fuzz;

/// <summary>A broker's turn without threads and sockets, on a clock that stands, with numbers instead of randomness: the same input does the same.</summary>
internal sealed class MemoryBroker
{
    private readonly StandingTime _time = new();
    private readonly CriticalLog _log = new();
    private int _nextPort = 40000;

    public MemoryBroker() => Turn = new BrokerTurn(
        new BrokerOptions { TimeProvider = _time, LoginThreads = 0, PasswordRounds = 1, Entropy = new CountingEntropy(), MemoryLimit = 256 << 20, FreeDisk = () => long.MaxValue }, _log);

    public BrokerTurn Turn { get; }

    /// <summary>What the broker logged as its own fault.</summary>
    public Exception? Failure => _log.Failure;

    public Pipe Join()
    {
        var pipe = new Pipe(Turn, new IPEndPoint(IPAddress.Loopback, _nextPort++));
        FindingException.Unless(Turn.Join(pipe), "the broker lets nobody in");
        return pipe;
    }

    /// <summary>A client with channel 1.</summary>
    public Pipe Open()
    {
        var pipe = Join();
        pipe.Write(Seeds.Handshake);
        FindingException.Unless(!pipe.Received.IsEmpty && !pipe.IsAborted && !pipe.IsShut, "a handshake without a fault is refused");
        pipe.Forget();
        return pipe;
    }

    public void Pass(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(500))
        {
            _time.Ticks += TimeSpan.FromMilliseconds(500).Ticks;
            Turn.Tick();
        }
    }

    private sealed class StandingTime : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(Ticks);

        public override long GetTimestamp() => Ticks;
    }

    private sealed class CountingEntropy : IEntropy
    {
        private ulong _next; // Of 64 bits, so that names do not come again.

        public void Fill(Span<byte> octets)
        {
            foreach (ref var octet in octets)
                octet = (byte)((_next = (_next * 6364136223846793005) + 1442695040888963407) >> 56);
        }
    }

    private sealed class CriticalLog : ILogger
    {
        public Exception? Failure { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
                Failure ??= exception ?? new InvalidOperationException(formatter(state, exception));
        }
    }
}
