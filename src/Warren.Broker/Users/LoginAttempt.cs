using System.Security.Cryptography;
using System.Text;
using Warren.Amqp;

namespace Warren.Broker;

/// <summary>One try to log in. Its password is a copy, and is wiped when the answer is known.</summary>
internal sealed class LoginAttempt(Peer peer, string mechanism, Credentials credentials, FieldTable clientProperties)
{
    private readonly byte[] _password = credentials.Password.ToArray();

    public Peer Peer { get; } = peer;

    public string Mechanism { get; } = mechanism;

    public string User { get; } = Encoding.UTF8.GetString(credentials.User.Span);

    public ReadOnlySpan<byte> Password => _password;

    /// <summary>What the client says of itself, cut to what is worth keeping.</summary>
    public FieldTable ClientProperties { get; } = ClientIdentity.Keep(clientProperties);

    /// <summary>True when the client understands why it is closed.</summary>
    public bool TakesClose { get; } = ClientIdentity.Can(clientProperties, "authentication_failure_close"u8);

    /// <summary>When it may be checked, in milliseconds since the broker's start; <see cref="long.MaxValue"/> when nobody has to look at it then.</summary>
    public long StartMs { get; set; } = long.MaxValue;

    /// <summary>True once it has waited for its turn as <see cref="LoginBackOff"/> asked it to.</summary>
    public bool HasWaited { get; set; }

    public void Wipe() => CryptographicOperations.ZeroMemory(_password);
}
