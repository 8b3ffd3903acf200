namespace Warren.Testing;

/// <summary>A fault that was scripted: what it waits for, and how often it has happened.</summary>
public sealed class Fault
{
    private readonly TestConnection _connection;
    private readonly Func<WireMessage, bool> _matches;
    private readonly Action<Fault, Wire.Session, Wire.WireUnit> _action;
    private readonly Lock _gate = new();
    private readonly List<Action> _held = []; // Guarded by _gate, as the numbers.
    private int _toSkip;
    private int _left;
    private int _seen;
    private int _happened;

    internal Fault(TestConnection connection, string description, Func<WireMessage, bool> matches, int toSkip, int times, Action<Fault, Wire.Session, Wire.WireUnit> action)
    {
        _connection = connection;
        Description = description;
        _matches = matches;
        _toSkip = toSkip;
        _left = times;
        _action = action;
    }

    /// <summary>What it does, and where.</summary>
    public string Description { get; }

    /// <summary>How often it has happened.</summary>
    public int Happened
    {
        get
        {
            lock (_gate)
                return _happened;
        }
    }

    /// <summary>Lets everything pass that <see cref="FaultPoint.Hold"/> holds back. What is sent on happens before the method returns, what follows from it later.</summary>
    /// <exception cref="FaultException">It holds nothing.</exception>
    public void Release()
    {
        Action[] held;
        lock (_gate)
        {
            held = [.. _held];
            _held.Clear();
        }
        if (held.Length == 0)
            throw new FaultException($"It holds nothing back ({Description}). {WhyNot()}");
        foreach (var release in held)
            release();
    }

    /// <summary>It happens no more.</summary>
    public void Stop()
    {
        lock (_gate)
            _left = 0;
    }

    /// <summary>Waits until everything is settled, and makes sure that the fault has happened.</summary>
    /// <exception cref="FaultException">It has not; the message shows what came by instead.</exception>
    public async Task ShouldHappenAsync()
    {
        await _connection.Broker.SettleAsync().ConfigureAwait(false);
        ShouldHaveHappened();
    }

    /// <summary>Makes sure that the fault has happened.</summary>
    /// <exception cref="FaultException">It has not; the message shows what came by instead.</exception>
    public void ShouldHaveHappened()
    {
        if (Happened == 0)
            throw new FaultException($"This fault has not happened: {Description}. {WhyNot()}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Description} (happened {Happened} times)";

    internal bool Takes(WireMessage message)
    {
        lock (_gate)
        {
            if (_left == 0 || !_matches(message))
                return false;
            _seen++;
            if (_toSkip > 0)
            {
                _toSkip--;
                return false;
            }
            _left--;
            _happened++;
            return true;
        }
    }

    internal void Apply(Wire.Session session, Wire.WireUnit unit) => _action(this, session, unit);

    internal void Holds(Action release)
    {
        lock (_gate)
            _held.Add(release);
    }

    private string WhyNot()
    {
        int seen;
        lock (_gate)
            seen = _seen;
        return seen > 0 ? $"{seen} messages matched. {_connection.DescribeTraffic()}" : _connection.DescribeTraffic();
    }
}

/// <summary>The faults of one connection, in the order they were scripted.</summary>
internal sealed class FaultScript
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = []; // Guarded by _gate.

    public Fault Add(Fault fault)
    {
        lock (_gate)
            _faults.Add(fault);
        return fault;
    }

    /// <summary>The first one that takes the message.</summary>
    public Fault? Match(WireMessage message)
    {
        lock (_gate)
            return _faults.Find(fault => fault.Takes(message));
    }

    public void ShouldHaveHappened()
    {
        lock (_gate)
            _faults.ForEach(static fault => fault.ShouldHaveHappened());
    }
}
