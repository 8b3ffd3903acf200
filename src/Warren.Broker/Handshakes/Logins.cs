using System.Security.Cryptography;
using System.Text;

namespace Warren.Broker;

/// <summary>The users and a salted hash of each one's password (SHA-256, as RabbitMQ keeps them).</summary>
internal sealed class Logins
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    // Whoever is unknown is compared with this, so that it takes as long to refuse him as a known user.
    private readonly Entry _nobody = new(new BrokerUser("", Convert.ToHexString(RandomNumberGenerator.GetBytes(32))));

    public Logins(IReadOnlyList<BrokerUser> users)
    {
        foreach (var user in users)
            _entries.Add(user.Name, new Entry(user));
    }

    /// <summary>Checks a login. Without a password nobody gets in, as in RabbitMQ: a user who has none cannot log in.</summary>
    /// <returns>The user's name; null when refused, for whatever reason.</returns>
    public string? Check(Credentials credentials, bool isLoopback)
    {
        var entry = _entries.GetValueOrDefault(Encoding.UTF8.GetString(credentials.User.Span), _nobody);
        var hash = Entry.Hash(entry.Salt, credentials.Password.Span);
        var isRight = CryptographicOperations.FixedTimeEquals(hash, entry.PasswordHash);
        return isRight && !credentials.Password.IsEmpty && entry != _nobody && (isLoopback || !entry.LoopbackOnly) ? entry.Name : null;
    }

    private sealed class Entry
    {
        public Entry(BrokerUser user)
        {
            Name = user.Name;
            LoopbackOnly = user.LoopbackOnly;
            Salt = RandomNumberGenerator.GetBytes(16);
            PasswordHash = Hash(Salt, Encoding.UTF8.GetBytes(user.Password));
        }

        public string Name { get; }

        public bool LoopbackOnly { get; }

        public byte[] Salt { get; }

        public byte[] PasswordHash { get; }

        public static byte[] Hash(byte[] salt, ReadOnlySpan<byte> password) => SHA256.HashData([.. salt, .. password]);
    }
}
