using System.Diagnostics;
using System.Globalization;

namespace Warren.Differential;

/// <summary>
/// Runs one script against two brokers, step by step, and compares what clients see. RabbitMQ's parts work beside each other, so an answer that is missing
/// is waited for; one that is too much is seen with a later step.
/// </summary>
/// <param name="warren">Where Warren listens.</param>
/// <param name="rabbitMq">Where RabbitMQ listens.</param>
public sealed class Comparison(Uri warren, Uri rabbitMq) : IDisposable
{
    private static readonly string Session = Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 3)).ToLowerInvariant();

    private readonly Side _warren = new("Warren", warren);
    private readonly Side _rabbitMq = new("RabbitMQ", rabbitMq);
    private static int _runs;
    private bool _isInconclusive; // An error in the middle of a segment: what before it still had an effect is anybody's guess.

    /// <summary>
    /// Makes a virtual host of this name on both brokers, where guest may do everything, and removes the one before it, if there is one. Null when nobody can:
    /// scripts then meet what earlier ones, or other programs, have left on the exchanges that every virtual host has.
    /// </summary>
    public Action<string, string?>? ReplaceVirtualHost { get; init; }

    /// <summary>How long the brokers may take to agree.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many steps were compared.</summary>
    public long Steps { get; private set; }

    /// <summary>Runs a script and cleans up.</summary>
    /// <returns>The first difference, or null.</returns>
    public Difference? Run(Script script)
    {
        ArgumentNullException.ThrowIfNull(script);
        var run = string.Create(CultureInfo.InvariantCulture, $"z{Session}{Interlocked.Increment(ref _runs):D7}");
        _warren.Begin(run);
        _rabbitMq.Begin(run);
        var exchanges = Declared(script, "exchange");
        var queues = Declared(script, "queue");
        _isInconclusive = false;
        var difference = RunSteps(script);
        if (!_isInconclusive)
            difference ??= CloseChannels(script) ?? Drain(script, exchanges);
        var lasting = LastingBindings(script);
        _warren.Clean(exchanges, queues, lasting);
        _rabbitMq.Clean(exchanges, queues, lasting);
        if (difference is not null || _isInconclusive)
            Dispose(); // What is left on the connections is not the same: the next script starts with new ones.
        return difference;
    }

    /// <summary>Goes on in a virtual host that nobody has touched.</summary>
    /// <returns>False when there is none to be had.</returns>
    public bool MoveOn()
    {
        if (ReplaceVirtualHost is null)
            return false;
        Dispose();
        var name = string.Create(CultureInfo.InvariantCulture, $"differential-{Session}-{Interlocked.Increment(ref _runs)}");
        ReplaceVirtualHost(name, _warren.VirtualHost == "/" ? null : _warren.VirtualHost);
        _warren.VirtualHost = _rabbitMq.VirtualHost = name;
        return true;
    }

    /// <summary>Ends the connections; a further script opens new ones.</summary>
    public void Dispose()
    {
        _warren.Dispose();
        _rabbitMq.Dispose();
    }

    private Difference? RunSteps(Script script)
    {
        var together = 0;
        for (var i = 0; i < script.Steps.Count; i++)
        {
            together += TryWrite(script.Steps[i]) ? 1 : 0;
            if (together == 0 || (script.Steps[i].IsHeld && i + 1 < script.Steps.Count))
                continue;
            Steps++;
            if (together > 1 && EndsWithError())
                return null;
            together = 0;
            if (Compare(script, i) is { } difference)
                return difference;
        }
        return null;
    }

    // An ack means the same message on both sides, or nothing when there is none or when it would take others with it.
    private bool TryWrite(Step step)
    {
        if (GivesSeveralBack(step))
            return false;
        if (step.Find("delivery") is not { } delivery)
        {
            _warren.Write(step, 0);
            _rabbitMq.Write(step, 0);
            return true;
        }
        if (!delivery.StartsWith('@'))
        {
            var tag = ulong.Parse(delivery, CultureInfo.InvariantCulture);
            _warren.Write(step, tag);
            _rabbitMq.Write(step, tag);
            return true;
        }
        var (mine, theirs) = (_warren.OutstandingOn(step), _rabbitMq.OutstandingOn(step));
        if (mine.Count == 0 || mine.Count != theirs.Count)
            return false;
        var index = int.Parse(delivery.AsSpan(1), CultureInfo.InvariantCulture) % mine.Count;
        if (step.Has("multiple") && Enumerable.Range(0, mine.Count).Any(i => mine[i].Tag <= mine[index].Tag != theirs[i].Tag <= theirs[index].Tag))
            return false;
        var (mineTag, theirTag) = (mine[index].Tag, theirs[index].Tag);
        _warren.Write(step, mineTag);
        _rabbitMq.Write(step, theirTag);
        return true;
    }

    // RabbitMQ gives them back consumer by consumer, in the order of their tags, and the queue delivers in between.
    private bool GivesSeveralBack(Step step) =>
        (step.Has("multiple") || step.Method is "basic.recover" or "basic.recover-async")
        && _warren.OutstandingOn(step).Select(held => held.Place).Distinct().Count() > 1;

    private Difference? Compare(Script script, int index)
    {
        var since = Stopwatch.GetTimestamp();
        _warren.Settle();
        _rabbitMq.Settle();
        while (Observation.FirstDifference(_warren.Seen, _rabbitMq.Seen) is { } place)
        {
            if (Stopwatch.GetElapsedTime(since) > Patience || IsFinal(place))
                return new Difference(script, index, place, _warren.Seen.Of(place), _rabbitMq.Seen.Of(place));
            Thread.Sleep(1);
            _warren.Settle();
            _rabbitMq.Settle();
        }
        _warren.Accept();
        _rabbitMq.Accept();
        return null;
    }

    private bool EndsWithError()
    {
        _warren.Settle();
        _rabbitMq.Settle();
        return _isInconclusive = _warren.Seen.HasError || _rabbitMq.Seen.HasError;
    }

    // Warren has said all that it will say: an answer that it has not given, or has given otherwise, is a difference at once.
    private bool IsFinal(string place) =>
        !place.StartsWith("queue", StringComparison.Ordinal) && !_warren.Seen.Of(place).StartsWith(_rabbitMq.Seen.Of(place), StringComparison.Ordinal);

    private Difference? CloseChannels(Script script)
    {
        foreach (var (connection, channel) in _warren.OpenChannels.ToArray())
        {
            TryWrite(new Step(connection, channel, "channel.close", []));
            if (Compare(script, script.Steps.Count) is { } difference)
                return difference;
        }
        return null;
    }

    private Difference? Drain(Script script, IReadOnlyList<string> exchanges)
    {
        _warren.Drain(exchanges);
        _rabbitMq.Drain(exchanges);
        var place = Observation.FirstDifference(_warren.Seen, _rabbitMq.Seen);
        return place is null ? null : new Difference(script, script.Steps.Count, place, _warren.Seen.Of(place), _rabbitMq.Seen.Of(place));
    }

    // Bindings that do not end with the script's own queues and exchanges.
    private static List<Step> LastingBindings(Script script) =>
        [.. script.Steps.Where(step => step.Method == "exchange.bind" && IsPredeclared(step.Find("source")) && IsPredeclared(step.Find("destination")))];

    private static bool IsPredeclared(string? exchange) => exchange?.StartsWith("amq.", StringComparison.Ordinal) == true;

    private static List<string> Declared(Script script, string kind) =>
        [.. script.Steps.Where(step => step.Method == $"{kind}.declare").Select(step => step.Find(kind) ?? "").Where(name => name.StartsWith('~')).Distinct()];
}
