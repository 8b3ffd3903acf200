namespace Warren.Broker;

/// <summary>
/// The users of a running broker and their permissions (https://www.rabbitmq.com/docs/access-control). May be used from any thread; what is changed holds
/// when the call returns, for connections that are open too.
/// </summary>
public sealed class BrokerUsers
{
    private readonly BrokerTurn _turn;
    private readonly int _rounds;

    /// <summary>How often a password is hashed.</summary>
    internal int Rounds => _rounds;

    internal BrokerUsers(BrokerTurn turn, int rounds) => (_turn, _rounds) = (turn, rounds);

    /// <summary>All users, in the order of their names. A user given to <see cref="BrokerOptions.Users"/> is hashed at the first call.</summary>
    public IReadOnlyList<UserAccount> List()
    {
        HashTheUnhashed();
        return _turn.Do<IReadOnlyList<UserAccount>>(() => [.. _turn.Users.All.Select(static entry => entry.Account)]);
    }

    /// <summary>The user of this name, or null.</summary>
    public UserAccount? Find(string name)
    {
        HashTheUnhashed();
        return _turn.Do(() => _turn.Users.Find(name)?.Account);
    }

    /// <summary>Makes a user, or replaces one of this name. Permissions and open connections stay; limits and tags hold from now on.</summary>
    public void Put(UserAccount account)
    {
        ArgumentNullException.ThrowIfNull(account);
        _turn.Change(() => PutInside(account));
    }

    /// <summary>The same with a password, of which a hash is made here, in some tenths of a second.</summary>
    public void Put(UserAccount account, string password)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentException.ThrowIfNullOrEmpty(password);
        var octets = System.Text.Encoding.UTF8.GetBytes(password);
        var hashed = account with { PasswordHash = PasswordHash.Of(octets, _rounds) };
        _turn.Change(() =>
        {
            PutInside(hashed).Remember(octets);
            return true;
        });
    }

    /// <summary>Deletes a user and its permissions; its connections are closed with 320 <c>CONNECTION_FORCED - user 'NAME' is deleted</c>.</summary>
    /// <returns>False when there is none of this name.</returns>
    public bool Delete(string name) => _turn.Change(() =>
    {
        if (_turn.Users.Find(name) is not { } entry)
            return false;
        _turn.Users.Remove(name);
        _turn.UserConnections.Close(entry, $"user '{name}' is deleted");
        return true;
    });

    /// <summary>All permissions, in the order of users and virtual hosts.</summary>
    public IReadOnlyList<UserPermission> Permissions() => _turn.Do<IReadOnlyList<UserPermission>>(() =>
        [.. _turn.Users.All.SelectMany(static entry => entry.Permissions.OrderBy(static permission => permission.VirtualHost, StringComparer.Ordinal))]);

    /// <summary>Gives a user a permission, in the place of the one that it has in this virtual host.</summary>
    /// <exception cref="KeyNotFoundException">There is no such user or virtual host.</exception>
    public void SetPermission(UserPermission permission)
    {
        ArgumentNullException.ThrowIfNull(permission);
        Change(permission.User, permission.VirtualHost, entry =>
        {
            entry.Set(permission);
            return true;
        });
    }

    /// <summary>Takes a user's permission in a virtual host away. Connections stay open, and may do nothing.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="KeyNotFoundException">There is no such user or virtual host.</exception>
    public bool ClearPermission(string user, string virtualHost) => Change(user, virtualHost, entry => entry.ClearPermission(virtualHost));

    /// <summary>All topic permissions, in the order of users, virtual hosts and exchanges.</summary>
    public IReadOnlyList<TopicPermission> TopicPermissions() => _turn.Do<IReadOnlyList<TopicPermission>>(() =>
        [.. _turn.Users.All.SelectMany(static entry => entry.TopicPermissions
            .OrderBy(static topic => topic.VirtualHost, StringComparer.Ordinal).ThenBy(static topic => topic.Exchange, StringComparer.Ordinal))]);

    /// <summary>Gives a user a topic permission, in the place of the one that it has for this exchange.</summary>
    /// <exception cref="KeyNotFoundException">There is no such user or virtual host.</exception>
    public void SetTopicPermission(TopicPermission permission)
    {
        ArgumentNullException.ThrowIfNull(permission);
        Change(permission.User, permission.VirtualHost, entry =>
        {
            entry.Set(permission);
            return true;
        });
    }

    /// <summary>Takes a user's topic permission away: for one exchange, or with null for all. The user may use any routing key then.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="KeyNotFoundException">There is no such user or virtual host.</exception>
    public bool ClearTopicPermission(string user, string virtualHost, string? exchange = null) =>
        Change(user, virtualHost, entry => entry.ClearTopicPermission(virtualHost, exchange));

    private UserEntry PutInside(UserAccount account)
    {
        var entry = _turn.Users.Put(account);
        _turn.UserConnections.Reauthorize(entry); // A tag may be one more or one less.
        return entry;
    }

    private bool Change(string user, string virtualHost, Func<UserEntry, bool> change) => _turn.Change(() =>
    {
        _turn.VirtualHosts.Require(virtualHost);
        var entry = _turn.Users.Require(user);
        var isChanged = change(entry);
        _turn.UserConnections.Reauthorize(entry);
        return isChanged;
    });

    // Not at the broker's start, which shall take no time; and not inside the turn.
    private void HashTheUnhashed()
    {
        var unhashed = _turn.Do(() => _turn.Users.All.Where(static entry => entry.Unhashed is not null).Select(static entry => (entry, entry.Unhashed!)).ToArray());
        foreach (var (entry, password) in unhashed)
        {
            var hash = PasswordHash.Of(System.Text.Encoding.UTF8.GetBytes(password), _rounds);
            _turn.Do(() =>
            {
                if (ReferenceEquals(entry.Unhashed, password))
                    entry.Rehash(hash);
                return true;
            });
        }
    }
}
