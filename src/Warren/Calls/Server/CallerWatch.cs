using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// Asks, while a handler runs long, whether its caller is there yet: by a message to the caller's reply queue, which comes back when that is gone.
/// The caller's client knows it for what it is. Foreign callers are never asked. The reply queue of a Safe call outlives its caller's connection, and a
/// caller that finds it deleted makes it anew and asks again: that one is gone when two questions in a row came back.
/// </summary>
internal sealed class CallerWatch(TimeProvider time) : IDeadlineKeeper
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = []; // Guarded by _gate, as the flag.
    private readonly List<Entry> _due = [];     // Owned by the clock's thread.
    private bool _watched;

    /// <summary>Asks from now and then, until the watch is disposed.</summary>
    public IDisposable? Watch(RunningRequest request)
    {
        if (request.Key == default || !request.Item.IsFromWarren)
            return null;
        var entry = new Entry(this, request) { NextAt = NextAt() };
        bool watch;
        lock (_gate)
        {
            _entries.Add(entry);
            watch = !_watched;
            _watched = true;
        }
        if (watch)
            Deadlines.Watch(this, time);
        return entry;
    }

    /// <summary>A question, or an item of a stream, came back: true when the caller is gone.</summary>
    public bool IsGone(RequestKey key)
    {
        lock (_gate)
            return _entries.Find(entry => entry.Request.Key == key)?.IsGone() ?? false; // One that is not watched any more has ended.
    }

    long IClockWork.NextDue
    {
        get
        {
            lock (_gate)
                return _entries.Count == 0 ? long.MaxValue : _entries.Min(entry => entry.NextAt);
        }
    }

    bool IClockWork.Tick()
    {
        var now = time.GetTimestamp();
        bool goOn;
        lock (_gate)
        {
            foreach (var entry in _entries)
            {
                if (now < entry.NextAt)
                    continue;
                entry.NextAt = NextAt();
                entry.Asked++;
                _due.Add(entry);
            }
            goOn = _watched = _entries.Count > 0;
        }
        foreach (var entry in _due)
            Ask(entry.Request.Item);
        _due.Clear();
        return goOn;
    }

    private static void Ask(in ServerItem item)
    {
        try
        {
            item.Link.Channel.Publish(new BasicPublish(default, item.Properties.ReplyTo, Mandatory: true), ControlMessage.AreYouThere(item.Properties.CorrelationId), default);
        }
        catch (AmqpException)
        {
            // The connection is gone, and with it the request.
        }
    }

    private long NextAt() => time.GetTimestamp() + (long)(Period.TotalSeconds * time.TimestampFrequency);

    private sealed class Entry(CallerWatch all, RunningRequest request) : IDisposable
    {
        public RunningRequest Request => request;

        public long NextAt { get; set; }

        public int Asked { get; set; }

        private int LastReturned { get; set; }

        // Guarded by the gate.
        public bool IsGone()
        {
            var isGone = !Request.Item.IsSafe || (LastReturned > 0 && LastReturned == Asked - 1);
            LastReturned = Asked;
            return isGone;
        }

        public void Dispose()
        {
            lock (all._gate)
                all._entries.Remove(this);
        }
    }
}
