using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a connection's user may do in its virtual host (https://www.rabbitmq.com/docs/access-control).</summary>
/// <param name="configure">The queues and exchanges that the user may declare and delete.</param>
/// <param name="write">Those to which the user may publish or bind.</param>
/// <param name="read">Those from which the user may consume or bind.</param>
public sealed class Authority(AccessPattern configure, AccessPattern write, AccessPattern read)
{
    private readonly bool _isEverything = configure.IsEverything && write.IsEverything && read.IsEverything;

    /// <summary>Everything.</summary>
    public static Authority Unlimited { get; } = new(AccessPattern.Everything, AccessPattern.Everything, AccessPattern.Everything);

    /// <summary>Nothing at all.</summary>
    public static Authority None { get; } = new(AccessPattern.Nothing, AccessPattern.Nothing, AccessPattern.Nothing);

    /// <summary>What the user may do with the routing keys of some topic exchanges; with those of others, everything.</summary>
    public IReadOnlyList<TopicAuthority> Topics { get; init; } = [];

    /// <summary>True when the user may publish in the name of others, as with RabbitMQ's tag <c>impersonator</c>.</summary>
    public bool MayImpersonate { get; init; }

    /// <summary>True when there is nothing that the user may not do.</summary>
    public bool IsUnlimited => _isEverything && Topics.Count == 0;

    internal bool Allows(Permission permission, ReadOnlySpan<byte> name) => permission switch
    {
        Permission.Configure => configure.Matches(name),
        Permission.Write => write.Matches(name),
        _ => read.Matches(name),
    };

    internal bool AllowsTopic(Permission permission, ShortString exchange, ReadOnlySpan<byte> key)
    {
        foreach (var topic in Topics)
        {
            if (topic.Exchange == exchange)
                return (permission == Permission.Write ? topic.Write : topic.Read).Matches(key);
        }
        return true;
    }
}

/// <summary>What a user may do with the routing keys of one topic exchange (https://www.rabbitmq.com/docs/access-control#topic-authorisation).</summary>
/// <param name="Exchange">The exchange's name.</param>
/// <param name="Write">The keys with which the user may publish.</param>
/// <param name="Read">The keys with which the user may bind.</param>
public sealed record TopicAuthority(ShortString Exchange, AccessPattern Write, AccessPattern Read)
{
    /// <summary>
    /// Reads a pattern in which <c>{username}</c> and <c>{vhost}</c> stand for names. A name matches only itself, whatever characters it has.
    /// </summary>
    /// <exception cref="FormatException">As for <see cref="AccessPattern(string)"/>.</exception>
    public static AccessPattern Expand(string pattern, string user, string virtualHost)
    {
        _ = new AccessPattern(pattern); // What is wrong with it is said without the names in it.
        return new AccessPattern(
            pattern.Replace("{username}", Literal(user), StringComparison.Ordinal).Replace("{vhost}", Literal(virtualHost), StringComparison.Ordinal),
            64 * 1024);
    }

    // By number, so that no character means anything, inside brackets either.
    private static string Literal(string name) => string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"\\u{(int)c:x4}"));
}
