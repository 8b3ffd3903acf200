using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Warren.Broker;

/// <summary>
/// A salted hash of a password: Warren's own, which is slow to guess against (PBKDF2 with HMAC-SHA256 and 600,000 rounds, as OWASP asks for), or one of
/// RabbitMQ's as its definitions have them (https://www.rabbitmq.com/docs/passwords). It prints its algorithm and nothing else.
/// </summary>
public sealed class PasswordHash
{
    /// <summary>The name of Warren's own algorithm. Its octets are the number of rounds (4, big-endian), the salt (16) and the hash (32).</summary>
    public const string Pbkdf2 = "warren_password_hashing_pbkdf2_sha256";

    /// <summary>The name of RabbitMQ's usual algorithm. The octets of all of RabbitMQ's are a salt (4) and the hash of salt and password.</summary>
    public const string Sha256 = "rabbit_password_hashing_sha256";

    /// <summary>The name of RabbitMQ's strongest algorithm.</summary>
    public const string Sha512 = "rabbit_password_hashing_sha512";

    /// <summary>The name of the algorithm of RabbitMQ before 3.6.</summary>
    public const string Md5 = "rabbit_password_hashing_md5";

    internal const int DefaultRounds = 600_000;
    private const int MaxRounds = 10_000_000;
    private const int SaltOctets = 16;

    private readonly byte[] _octets;

    private PasswordHash(string algorithm, byte[] octets) => (Algorithm, _octets) = (algorithm, octets);

    /// <summary>One of the names above.</summary>
    public string Algorithm { get; }

    /// <summary>True for Warren's own, false for those that were imported.</summary>
    internal bool IsSlow => Algorithm == Pbkdf2;

    /// <summary>Hashes a password with Warren's own algorithm, which takes some tenths of a second.</summary>
    public static PasswordHash Of(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return Of(Encoding.UTF8.GetBytes(password), DefaultRounds);
    }

    /// <summary>Reads a hash as definitions have it.</summary>
    /// <param name="algorithm">One of the names above.</param>
    /// <param name="base64">The octets in base64.</param>
    /// <exception cref="FormatException">There is no such algorithm, or the octets are not of its kind.</exception>
    public static PasswordHash Parse(string algorithm, string base64)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(base64);
        var octets = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, octets, out var length))
            throw new FormatException("A password hash is not base64."); // Without the text: it is a secret.
        var expected = algorithm switch
        {
            Pbkdf2 => 4 + SaltOctets + SHA256.HashSizeInBytes,
            Sha256 => 4 + SHA256.HashSizeInBytes,
            Sha512 => 4 + SHA512.HashSizeInBytes,
            Md5 => 4 + MD5.HashSizeInBytes,
            _ => throw new FormatException($"There is no password hashing algorithm '{algorithm}'."),
        };
        if (length != expected)
            throw new FormatException($"A password hash of {algorithm} has {expected} octets; this one has {length}.");
        var hash = new PasswordHash(algorithm, octets[..length]);
        if (hash.IsSlow && hash.Rounds is < 1 or > MaxRounds)
            throw new FormatException($"A password hash of {algorithm} has 1 to {MaxRounds} rounds; this one has {hash.Rounds}.");
        return hash;
    }

    /// <summary>The octets in base64, as definitions have them.</summary>
    public string ToBase64() => Convert.ToBase64String(_octets);

    /// <summary>The algorithm. The hash itself is a secret.</summary>
    public override string ToString() => Algorithm;

    internal static PasswordHash Of(ReadOnlySpan<byte> password, int rounds)
    {
        var octets = new byte[4 + SaltOctets + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt32BigEndian(octets, rounds);
        RandomNumberGenerator.Fill(octets.AsSpan(4, SaltOctets));
        Rfc2898DeriveBytes.Pbkdf2(password, octets.AsSpan(4, SaltOctets), octets.AsSpan(4 + SaltOctets), rounds, HashAlgorithmName.SHA256);
        return new PasswordHash(Pbkdf2, octets);
    }

    /// <summary>What no password matches, though it takes as long to see.</summary>
    internal static PasswordHash Decoy(int rounds)
    {
        var octets = RandomNumberGenerator.GetBytes(4 + SaltOctets + SHA256.HashSizeInBytes);
        BinaryPrimitives.WriteInt32BigEndian(octets, rounds);
        return new PasswordHash(Pbkdf2, octets);
    }

    internal bool Matches(ReadOnlySpan<byte> password) => IsSlow ? MatchesSlowly(password) : MatchesAsRabbitMq(password);

    private int Rounds => BinaryPrimitives.ReadInt32BigEndian(_octets);

    private bool MatchesSlowly(ReadOnlySpan<byte> password)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Rfc2898DeriveBytes.Pbkdf2(password, _octets.AsSpan(4, SaltOctets), hash, Rounds, HashAlgorithmName.SHA256);
        return CryptographicOperations.FixedTimeEquals(hash, _octets.AsSpan(4 + SaltOctets));
    }

    private bool MatchesAsRabbitMq(ReadOnlySpan<byte> password)
    {
        byte[] salted = [.. _octets.AsSpan(0, 4), .. password];
        var hash = Algorithm switch
        {
            Sha256 => SHA256.HashData(salted),
            Sha512 => SHA512.HashData(salted),
            _ => MD5.HashData(salted),
        };
        CryptographicOperations.ZeroMemory(salted);
        return CryptographicOperations.FixedTimeEquals(hash, _octets.AsSpan(4));
    }
}
