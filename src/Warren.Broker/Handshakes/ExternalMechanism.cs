using System.Text;

namespace Warren.Broker;

/// <summary>SASL EXTERNAL (RFC 4422, appendix A): who the client is was settled before, by its certificate. What it answers is not looked at, as in RabbitMQ.</summary>
internal static class ExternalMechanism
{
    public const string Name = "EXTERNAL";

    /// <summary>Of nobody, when the certificate names nobody.</summary>
    public static Credentials Credentials(ExternalIdentity identity) => new(Encoding.UTF8.GetBytes(identity.User ?? ""), default);
}
