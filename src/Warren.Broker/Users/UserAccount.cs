using System.Text;

namespace Warren.Broker;

/// <summary>A user as the broker keeps it. What it may do stands in its permissions: see <see cref="BrokerUsers"/>.</summary>
public sealed record UserAccount
{
    /// <summary>The longest name, in octets of UTF-8.</summary>
    public const int MaxNameOctets = 255;

    private readonly int? _maxConnections;
    private readonly int? _maxChannels;

    /// <summary>A user who cannot log in yet.</summary>
    /// <param name="name">The name, of 1 to 255 octets.</param>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public UserAccount(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Encoding.UTF8.GetByteCount(name) > MaxNameOctets)
            throw new ArgumentException($"A user's name has at most {MaxNameOctets} octets.", nameof(name));
        Name = name;
    }

    /// <summary>The name, as it stands in the login and in reply texts.</summary>
    public string Name { get; }

    /// <summary>What the password is compared with; null for a user who cannot log in.</summary>
    public PasswordHash? PasswordHash { get; init; }

    /// <summary>RabbitMQ's tags, such as <c>administrator</c>. With <c>impersonator</c> the user may publish with another's <c>user_id</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>True when the user may connect from this machine only, as RabbitMQ's <c>loopback_users</c>.</summary>
    public bool LoopbackOnly { get; init; }

    /// <summary>How many connections the user may have open, 0 or more; null for any number.</summary>
    public int? MaxConnections
    {
        get => _maxConnections;
        init => _maxConnections = NotNegative(value);
    }

    /// <summary>How many channels the user may have open in all connections together, 0 or more; null for any number.</summary>
    public int? MaxChannels
    {
        get => _maxChannels;
        init => _maxChannels = NotNegative(value);
    }

    internal static int? NotNegative(int? limit) =>
        limit >= 0 || limit is null ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "A limit is 0 or more; null is no limit.");
}
