using System.Security.Cryptography;
using System.Text;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>A user in the book: the account, its permissions, and what is going on. Owned by the turn.</summary>
internal sealed class UserEntry
{
    // A password that was right once is known again by this hash, which is fast, and worth nothing outside of this process.
    private static readonly byte[] s_processKey = RandomNumberGenerator.GetBytes(32);

    private readonly Dictionary<string, Grant> _grants = new(StringComparer.Ordinal);
    private UserAccount _account;
    private byte[]? _remembered;

    public UserEntry(UserAccount account)
    {
        _account = account;
        Quota.Limit = account.MaxChannels;
    }

    public UserAccount Account
    {
        get => _account;
        set
        {
            if (value.PasswordHash != _account.PasswordHash)
                (_remembered, Unhashed) = (null, null);
            var mayImpersonate = MayImpersonate;
            _account = value;
            Quota.Limit = value.MaxChannels;
            if (mayImpersonate != MayImpersonate)
                RenewAuthorities();
        }
    }

    /// <summary>The password of a user who was given with it at the broker's start, until somebody asks for its hash.</summary>
    public string? Unhashed { get; private set; }

    /// <summary>How many connections the user has open.</summary>
    public int Connections { get; set; }

    public ChannelQuota Quota { get; } = new();

    public IEnumerable<UserPermission> Permissions => _grants.Values.Where(static grant => grant.Permission is not null).Select(static grant => grant.Permission!);

    public IEnumerable<TopicPermission> TopicPermissions => _grants.Values.SelectMany(static grant => grant.Topics);

    private bool MayImpersonate => _account.Tags.Contains("impersonator");

    /// <summary>The password is known without its hash.</summary>
    public void Start(string password)
    {
        if (password.Length == 0)
            return; // Nobody logs in without a password.
        Unhashed = password;
        Remember(Encoding.UTF8.GetBytes(password));
    }

    /// <summary>The same user as before with a hash that is made elsewhere, of the same password.</summary>
    public void Rehash(PasswordHash hash)
    {
        _account = _account with { PasswordHash = hash };
        Unhashed = null;
    }

    public void Remember(ReadOnlySpan<byte> password) => _remembered = HMACSHA256.HashData(s_processKey, password);

    /// <summary>True when this password is known to be right. False says nothing.</summary>
    public bool Recalls(ReadOnlySpan<byte> password) =>
        _remembered is not null && !password.IsEmpty && CryptographicOperations.FixedTimeEquals(_remembered, HMACSHA256.HashData(s_processKey, password));

    /// <summary>What the user may do in a virtual host; null when the user may not even open it.</summary>
    public Authority? AuthorityIn(string virtualHost) => _grants.GetValueOrDefault(virtualHost)?.Authority;

    public void Set(UserPermission permission)
    {
        var grant = GrantIn(permission.VirtualHost);
        grant.Permission = permission;
        Renew(grant);
    }

    public bool ClearPermission(string virtualHost)
    {
        if (_grants.GetValueOrDefault(virtualHost) is not { Permission: not null } grant)
            return false;
        grant.Permission = null;
        Renew(grant);
        return true;
    }

    public void Set(TopicPermission permission)
    {
        var grant = GrantIn(permission.VirtualHost);
        grant.Topics.RemoveAll(topic => topic.Exchange == permission.Exchange);
        grant.Topics.Add(permission);
        Renew(grant);
    }

    /// <param name="virtualHost">Where.</param>
    /// <param name="exchange">For which exchange; null for all.</param>
    public bool ClearTopicPermission(string virtualHost, string? exchange)
    {
        if (_grants.GetValueOrDefault(virtualHost) is not { } grant)
            return false;
        var isThere = grant.Topics.RemoveAll(topic => exchange is null || topic.Exchange == exchange) > 0;
        Renew(grant);
        return isThere;
    }

    public void Forget(string virtualHost) => _grants.Remove(virtualHost);

    private Grant GrantIn(string virtualHost)
    {
        if (!_grants.TryGetValue(virtualHost, out var grant))
            _grants.Add(virtualHost, grant = new Grant());
        return grant;
    }

    private void RenewAuthorities()
    {
        foreach (var grant in _grants.Values)
            Renew(grant);
    }

    private void Renew(Grant grant) => grant.Authority = grant.Permission is not { } permission
        ? null
        : new Authority(permission.Configure, permission.Write, permission.Read)
        {
            Topics = [.. grant.Topics.Select(static topic => topic.Authority)],
            MayImpersonate = MayImpersonate,
        };

    private sealed class Grant
    {
        public UserPermission? Permission { get; set; }

        public List<TopicPermission> Topics { get; } = [];

        public Authority? Authority { get; set; }
    }
}
