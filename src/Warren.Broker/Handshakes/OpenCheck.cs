using Warren.Engine;

namespace Warren.Broker;

/// <summary>Whether a user may open a virtual host, in the order and the words of RabbitMQ.</summary>
internal static class OpenCheck
{
    /// <summary>Why not; null when the user may, and then there is an authority.</summary>
    public static string? Refusal(UserBook users, UserEntry user, HostedEngine? host, string name, out Authority? authority)
    {
        authority = null;
        if (host is null)
            return $"vhost {name} not found";
        if (host.Connections >= host.Limits.MaxConnections)
            return $"access to vhost '{name}' refused for user '{user.Account.Name}': connection limit ({host.Limits.MaxConnections}) is reached";
        if (user.Connections >= user.Account.MaxConnections)
            return $"connection refused for user '{user.Account.Name}': user connection limit ({user.Account.MaxConnections}) is reached";
        if (users.Find(user.Account.Name) == user) // Else deleted since the login.
            authority = user.AuthorityIn(name);
        return authority is null ? $"access to vhost '{name}' refused for user '{user.Account.Name}'" : null;
    }
}
