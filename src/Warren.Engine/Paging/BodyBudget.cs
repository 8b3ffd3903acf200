namespace Warren.Engine;

/// <summary>
/// How much memory the messages of one or several engines may take before those far from the head of their queues are kept in the journal only. The engines that share it are stepped by
/// one thread at a time.
/// </summary>
/// <param name="octets">So many octets, at least 0, counted as <see cref="BrokerEngine.MessageOctets"/> is.</param>
public sealed class BodyBudget(long octets)
{
    /// <summary>How much they may take.</summary>
    public long Octets { get; } = octets;

    /// <summary>How much they take, as of each one's last batch.</summary>
    public long Lent { get; private set; }

    /// <summary>By how much it grows before anybody looks again at the long queues for what can go.</summary>
    internal long Step => Math.Min(Octets / 64, 4 << 20);

    /// <summary>By how much it grows before anybody looks again at all queues.</summary>
    internal long LargeStep => Octets / 64;

    /// <summary>
    /// How much stays when something has to go: less than what may, so that it does not begin anew with the next message, and not by more than the <see cref="MessagePool"/> keeps for the
    /// next ones, so that nothing is left to the garbage collector.
    /// </summary>
    internal long Goal => Octets - Math.Min(Octets / 16, 8 << 20);

    /// <summary>Octets that one look ahead of a queue's head reads.</summary>
    internal long WindowOctets => Math.Max(64 * 1024, Octets / 64);

    internal void Count(long change) => Lent += change;
}
