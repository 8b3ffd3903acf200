using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// Keeps one connection's heartbeat (AMQP 0-9-1 section 4.2.7): sends one when nothing else was sent for half the interval, and ends the
/// connection when nothing at all came for two intervals.
/// </summary>
internal sealed class Heartbeat(AmqpConnection connection) : IClockWork
{
    private const int PeriodMs = 250;

    private static readonly Lock Gate = new();
    private static readonly List<Heartbeat> Running = [];
    private static readonly Ticker Ticker = new(PeriodMs, TickAll);

    private bool _received; // Written by the receiving thread, read and reset by the ticker; a lost write costs one period.
    private TimeSpan _interval;
    private TimeSpan _silence;
    private TimeSpan _unsent;
    private long _sentAtLastTick;
    private long _nextTick;   // On a driven clock; a timestamp.
    private bool _isStopped;

    private TimeProvider Time => connection.Options.TimeProvider;

    /// <summary>Something came.</summary>
    public void Received() => _received = true;

    public void Start(TimeSpan interval)
    {
        if (interval == TimeSpan.Zero)
            return;
        _interval = interval;
        if (Time is IDrivenClock clock)
        {
            _nextTick = AfterPeriod();
            clock.Watch(this);
            return;
        }
        lock (Gate)
            Running.Add(this);
        Ticker.Start();
    }

    public void Stop()
    {
        Volatile.Write(ref _isStopped, true);
        lock (Gate)
            Running.Remove(this);
    }

    /// <summary>So much time has passed since the last tick.</summary>
    public void Tick(TimeSpan passed)
    {
        _silence = _received ? TimeSpan.Zero : _silence + passed;
        _received = false;
        if (_silence > _interval * 2)
        {
            connection.Fail(new TimeoutException($"no octet from the broker for two heartbeats of {_interval.TotalSeconds:0} s"));
            return;
        }
        var sent = connection.Outbox.SentOctets;
        _unsent = sent == _sentAtLastTick ? _unsent + passed : TimeSpan.Zero;
        _sentAtLastTick = sent;
        if (_unsent < _interval / 2)
            return;
        _unsent = TimeSpan.Zero;
        connection.SendHeartbeat();
    }

    long IClockWork.NextDue => _nextTick;

    bool IClockWork.ShowsInFrames => true;

    bool IClockWork.Tick()
    {
        _nextTick = AfterPeriod();
        if (!Volatile.Read(ref _isStopped))
            Tick(TimeSpan.FromMilliseconds(PeriodMs));
        return !Volatile.Read(ref _isStopped);
    }

    private long AfterPeriod() => Time.GetTimestamp() + (PeriodMs * Time.TimestampFrequency / 1000);

    private static bool TickAll()
    {
        Heartbeat[] running;
        lock (Gate)
            running = [.. Running];
        foreach (var heartbeat in running)
            heartbeat.Tick(TimeSpan.FromMilliseconds(PeriodMs));
        return running.Length > 0;
    }
}
