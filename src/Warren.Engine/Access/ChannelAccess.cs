using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Asks whether a channel's user may do what the channel is told, for users who may not do everything. Remembers the last names that were allowed, as
/// RabbitMQ does; when the user's authority changes, it forgets them.
/// </summary>
internal sealed class ChannelAccess(Channel channel)
{
    private const int Remembered = 12;

    // RabbitMQ's name of the default exchange where permissions are concerned.
    private static readonly ShortString DefaultExchange = "amq.default";

    private readonly (Permission Permission, byte[] Name)[] _allowed = new (Permission, byte[])[Remembered];
    private Authority? _authority; // Whose answers are remembered.
    private int _next;

    private Authority Authority => channel.Connection.Authority;

    /// <exception cref="ChannelException">403.</exception>
    public void Require(Permission permission, string kind, ShortString name)
    {
        if (name.IsEmpty)
            name = DefaultExchange;
        if (!IsAllowed(permission, name.Span))
            throw Refused(permission, channel.Host.Describe(kind, name));
    }

    /// <summary>Any permission will do.</summary>
    /// <exception cref="ChannelException">403.</exception>
    public void RequireAny(string kind, ShortString name)
    {
        var octets = name.Span;
        if (!IsAllowed(Permission.Configure, octets) && !IsAllowed(Permission.Read, octets) && !IsAllowed(Permission.Write, octets))
            throw Refused(Permission.Configure, channel.Host.Describe(kind, name));
    }

    /// <exception cref="ChannelException">403.</exception>
    public void RequireTopic(Permission permission, ShortString exchange, ShortString key)
    {
        if (!Authority.AllowsTopic(permission, exchange, key.Span))
            throw Refused(permission, $"topic '{key}' in {channel.Host.Describe("exchange", exchange)}");
    }

    private bool IsAllowed(Permission permission, ReadOnlySpan<byte> name)
    {
        if (_authority != Authority)
            Forget();
        foreach (var (allowed, allowedName) in _allowed)
        {
            if (allowedName is not null && allowed == permission && name.SequenceEqual(allowedName))
                return true;
        }
        if (!Authority.Allows(permission, name))
            return false;
        _allowed[_next] = (permission, name.ToArray());
        _next = (_next + 1) % Remembered;
        return true;
    }

    private void Forget()
    {
        Array.Clear(_allowed);
        _authority = Authority;
    }

    private ChannelException Refused(Permission permission, string what)
    {
        var access = channel.Host.Options.Profile.NamesRefusedPermission ? $"{permission.ToString().ToLowerInvariant()} access" : "access";
        return new ChannelException(ReplyCode.AccessRefused, $"{access} to {what} refused for user '{channel.Connection.Settings.User}'");
    }
}
