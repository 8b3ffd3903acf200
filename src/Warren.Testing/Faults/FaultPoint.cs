namespace Warren.Testing;

/// <summary>
/// The place where a fault happens: a message of a connection. What happens there is said by one of its methods, and holds for the next message that
/// matches, unless <see cref="Nth"/> or <see cref="Times"/> say otherwise. Scripts live on when the connection is made again.
/// </summary>
public sealed class FaultPoint
{
    private readonly TestConnection _connection;
    private readonly WireDirection _direction;
    private readonly Func<WireMessage, bool> _matches;
    private readonly string _what;
    private int _skipped;
    private int _times = 1;

    internal FaultPoint(TestConnection connection, WireDirection direction, Func<WireMessage, bool> matches, string what)
    {
        _connection = connection;
        _direction = direction;
        _matches = matches;
        _what = what;
    }

    /// <summary>Not at the first message that matches, but at this one, from 1.</summary>
    public FaultPoint Nth(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        _skipped = number - 1;
        return this;
    }

    /// <summary>At so many messages in a row, 1 or more.</summary>
    public FaultPoint Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        _times = times;
        return this;
    }

    /// <summary>At every message that matches.</summary>
    public FaultPoint Always() => Times(int.MaxValue);

    /// <summary>
    /// The connection is cut behind the message. One that the client sends reaches the broker, but the client hears nothing of what follows from it; one that the
    /// client receives is the last that it receives.
    /// </summary>
    public Fault Cut() => Add("cut after", static (_, session, unit) => session.PassAndCut(unit));

    /// <summary>The connection is cut before the message: the other side never gets it.</summary>
    public Fault CutBefore() => Add("cut before", static (_, session, unit) =>
    {
        session.Stop(unit, "(lost)");
        session.Cut();
    });

    /// <summary>The message is lost, and nothing else: an acknowledgement, a confirm, a reply.</summary>
    public Fault Drop() => Add("drop", static (_, session, unit) => session.Stop(unit, "(dropped)"));

    /// <summary>
    /// The message passes twice. Use it for what a side publishes: a broker closes the channel of a client that acknowledges one delivery twice.
    /// </summary>
    public Fault Twice() => Add("twice", static (_, session, unit) =>
    {
        session.Pass(unit);
        session.PassAgain(unit);
    });

    /// <summary>Holds back the message, and with it everything behind it on its channel, until <see cref="Fault.Release"/>.</summary>
    public Fault Hold() => Add("hold", static (fault, session, unit) =>
    {
        session.Hold(unit);
        fault.Holds(() => session.Release(unit.Message));
    });

    /// <summary>Delays the message, and with it everything behind it on its channel.</summary>
    public Fault Delay(TimeSpan delay)
    {
        var time = _connection.Broker.Time;
        return Add($"delay by {delay}", (_, session, unit) =>
        {
            session.Hold(unit);
            ITimer? timer = null;
            timer = time.CreateTimer(
                _ =>
                {
                    timer?.Dispose();
                    session.Release(unit.Message);
                },
                null,
                delay,
                Timeout.InfiniteTimeSpan);
        });
    }

    /// <summary>The message passes, and then the script does something of its own. It must not wait for anything.</summary>
    public Fault Do(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return Add("do", (_, session, unit) =>
        {
            session.Pass(unit);
            action();
        });
    }

    private Fault Add(string verb, Action<Fault, Wire.Session, Wire.WireUnit> action)
    {
        var number = _skipped > 0 ? $" number {_skipped + 1}" : "";
        var where = $"{verb} what '{_connection.Name}' {(_direction == WireDirection.Sent ? "sends" : "receives")}: {_what}{number}";
        return _connection.Script.Add(new Fault(_connection, where, message => message.Direction == _direction && _matches(message), _skipped, _times, action));
    }
}
