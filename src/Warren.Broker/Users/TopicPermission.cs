using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// With which routing keys a user may publish to one topic exchange, and bind. In the patterns <c>{username}</c> and <c>{vhost}</c> stand for the user's and
/// the virtual host's name.
/// </summary>
public sealed record TopicPermission
{
    /// <summary>Checks the patterns.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="virtualHost">The virtual host's name.</param>
    /// <param name="exchange">The exchange's name.</param>
    /// <param name="write">The keys with which the user may publish, a pattern as <see cref="AccessPattern"/> reads it.</param>
    /// <param name="read">The keys with which the user may bind.</param>
    /// <exception cref="FormatException">A pattern is no regular expression, or not one that is taken.</exception>
    public TopicPermission(string user, string virtualHost, string exchange, string write, string read)
    {
        (User, VirtualHost, Exchange, Write, Read) = (user, virtualHost, exchange, write, read);
        Authority = new TopicAuthority(
            exchange, TopicAuthority.Expand(write, user, virtualHost), TopicAuthority.Expand(read, user, virtualHost));
    }

    /// <summary>The user's name.</summary>
    public string User { get; }

    /// <summary>The virtual host's name.</summary>
    public string VirtualHost { get; }

    /// <summary>The exchange's name.</summary>
    public string Exchange { get; }

    /// <summary>The pattern of the keys with which the user may publish.</summary>
    public string Write { get; }

    /// <summary>The pattern of the keys with which the user may bind.</summary>
    public string Read { get; }

    internal TopicAuthority Authority { get; }
}
