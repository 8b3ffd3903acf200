namespace Warren.Differential;

/// <summary>A difference that is meant: its reason stands in docs/differences.md under the same id.</summary>
/// <param name="Id">As in the table.</param>
/// <param name="Covers">True for a difference of this kind.</param>
public sealed record Tolerance(string Id, Func<Difference, bool> Covers)
{
    /// <summary>Everything that is tolerated.</summary>
    public static IReadOnlyList<Tolerance> All { get; } =
    [
        new("delivery-mode", d => Says(d.RabbitMq, "invalid message: {delivery_mode_unknown,") || IsUnknownDeliveryMode(d)),
        new("bind-reply-to", d => Says(d.Warren, "operation not permitted on volatile queue") && Says(d.RabbitMq, "channel.close 404")),
        new("quorum-consumer-count", IsConsumerCount),
        new("quorum-return-order", IsReturnOrder),
        new("dead-letter-order", IsDeadLetterOrder),
        new("quorum-limit", d => d.Script.Steps.Any(step => step.Find("arg.x-queue-type") == "S:quorum" && step.Find("arg.x-overflow") == "S:reject-publish")),
        new("priority-expiry", IsPriorityExpiry),
        new("server-named-type", d => Says(d.RabbitMq, "connection.close 541") && d.Script.Steps.Any(step => step.Method == "queue.declare" && string.IsNullOrEmpty(step.Find("queue")) && step.Has("arg.x-queue-type"))),
        new("void-argument", d => d.RabbitMq.Length == 0 && d.Script.Steps.Any(step => step.Find("arg.x-overflow") == "V:")),
        new("global-prefetch-get", IsGlobalPrefetchAfterGet),
        new("long-terms", d => d.Warren.Length > 0 && WithoutBreaks(d.Warren) == WithoutBreaks(d.RabbitMq)),
    ];

    /// <summary>What tolerates this difference, or null.</summary>
    public static Tolerance? Of(Difference difference) => All.FirstOrDefault(tolerance => tolerance.Covers(difference));

    private static bool Says(string seen, string words) => seen.Contains(words, StringComparison.Ordinal);

    // RabbitMQ has refused the message on another channel than the one that would have got it.
    private static bool IsUnknownDeliveryMode(Difference difference) =>
        difference.RabbitMq.Length == 0
        && difference.Script.Steps.Any(step => step.Find("prop.delivery-mode") is "0" or "3" && Says(difference.Warren, $" delivery-mode={step.Find("prop.delivery-mode")} "));

    // The same deliveries, the dead letters among them in their order, and so the others: only how the two are mixed differs.
    private static bool IsDeadLetterOrder(Difference difference)
    {
        var (ours, theirs) = (difference.Warren.Split('\n', StringSplitOptions.TrimEntries), difference.RabbitMq.Split('\n', StringSplitOptions.TrimEntries));
        return Says(difference.RabbitMq, "x-death=") && ours.Where(IsDead).SequenceEqual(theirs.Where(IsDead)) && ours.Where(IsAlive).SequenceEqual(theirs.Where(IsAlive));

        static bool IsDead(string line) => Says(line, "x-death=");
        static bool IsAlive(string line) => !IsDead(line);
    }

    // Only the count of a quorum queue's consumers differs, and one was cancelled before, or waits for its turn, or there was a basic.get.
    private static bool IsConsumerCount(Difference difference) =>
        Says(difference.RabbitMq, "queue.declare-ok") && difference.Warren.Split(" consumers=")[0] == difference.RabbitMq.Split(" consumers=")[0]
        && difference.Script.Steps.Any(step => step.Find("arg.x-queue-type") == "S:quorum")
        && difference.Script.Steps.Any(step => step.Method is "basic.cancel" or "basic.get" || step.Has("arg.x-single-active-consumer"));

    // The same deliveries in another order, and several consumers of a quorum queue had some to give back, or one had some that had come back before.
    // Where such a queue has a limit, another one of them has gone for it: as many are left.
    private static bool IsReturnOrder(Difference difference)
    {
        if (!Says(difference.RabbitMq, "redelivered=True") || !difference.Script.Steps.Any(step => step.Find("arg.x-queue-type") == "S:quorum"))
            return false;
        var cameBack = difference.Script.Steps.Any(step => step.Method is "basic.nack" or "basic.reject" && step.Has("requeue"));
        if (Sorted(difference.Warren) == Sorted(difference.RabbitMq))
            return cameBack || difference.Script.Steps.Count(step => step.Method == "basic.consume") > 1;
        return cameBack && difference.Script.Steps.Any(step => step.Find("arg.x-queue-type") == "S:quorum" && step.Has("arg.x-max-length"))
            && difference.Place.StartsWith("rest of ", StringComparison.Ordinal) && CameBack(difference.Warren) is { } ours && CameBack(difference.RabbitMq) == ours;
    }

    // How many messages there are, all of which were delivered before; null when one was not.
    private static int? CameBack(string lines)
    {
        var messages = lines.Split('\n').Where(static line => Says(line, "basic.get-ok")).ToList();
        return messages.TrueForAll(static line => Says(line, "redelivered=True")) ? messages.Count : null;
    }

    private static string Sorted(string lines) => string.Join('\n', lines.Split('\n', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));

    // Only what is ready differs, in a queue with priorities where something expires.
    private static bool IsPriorityExpiry(Difference difference) =>
        difference.Place.StartsWith("queue", StringComparison.Ordinal) && difference.Script.Steps.Any(step => step.Has("arg.x-max-priority"))
        && difference.Script.Steps.Any(step => step.Has("prop.expiration") || step.Has("arg.x-message-ttl"));

    // RabbitMQ delivers less to a channel that had taken something with basic.get when its shared limit was set.
    private static bool IsGlobalPrefetchAfterGet(Difference difference)
    {
        var steps = difference.Script.Steps.Where(step => difference.Place.StartsWith($"{step.Connection}/{step.Channel} ", StringComparison.Ordinal)).ToList();
        var get = steps.FindIndex(step => step.Method == "basic.get" && !step.Has("no-ack"));
        var limit = steps.FindLastIndex(step => step.Method == "basic.qos" && step.Has("global") && step.Find("count") is not (null or "0"));
        return get >= 0 && get < limit && difference.Warren.StartsWith(difference.RabbitMq, StringComparison.Ordinal) && Says(difference.Warren, "redelivered=");
    }

    // The answers apart by a line end alone, RabbitMQ's terms by a line end and blanks.
    private static string WithoutBreaks(string text) => text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}
