namespace Warren.Broker;

/// <summary>The users by name. Owned by the turn.</summary>
internal sealed class UserBook
{
    private readonly Dictionary<string, UserEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Those who may log in from the start may do everything in the virtual host that there is.</summary>
    public UserBook(IReadOnlyList<BrokerUser> users)
    {
        foreach (var user in users)
            Start(user);
    }

    /// <summary>This user may log in from the start, with this password, and do everything in the default virtual host.</summary>
    public UserEntry Start(BrokerUser user)
    {
        var entry = Put(new UserAccount(user.Name) { Tags = ["administrator"], LoopbackOnly = user.LoopbackOnly });
        entry.Start(user.Password);
        entry.Set(UserPermission.Everything(user.Name, VirtualHosts.Default));
        return entry;
    }

    /// <summary>All, in the order of their names.</summary>
    public IEnumerable<UserEntry> All => _entries.Values.OrderBy(static entry => entry.Account.Name, StringComparer.Ordinal);

    public UserEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <exception cref="KeyNotFoundException">There is no such user.</exception>
    public UserEntry Require(string name) => Find(name) ?? throw new KeyNotFoundException($"There is no user '{name}'.");

    /// <summary>Makes a user, or changes one; its permissions stay.</summary>
    public UserEntry Put(UserAccount account)
    {
        if (_entries.TryGetValue(account.Name, out var entry))
            entry.Account = account;
        else
            _entries.Add(account.Name, entry = new UserEntry(account));
        return entry;
    }

    public bool Remove(string name) => _entries.Remove(name);

    /// <summary>A virtual host is gone, and all permissions in it.</summary>
    public void ForgetVirtualHost(string name)
    {
        foreach (var entry in _entries.Values)
            entry.Forget(name);
    }
}
