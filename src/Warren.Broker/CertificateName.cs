namespace Warren.Broker;

/// <summary>
/// Which of a client certificate's names is the user's, for logins with the mechanism EXTERNAL; RabbitMQ's <c>ssl_cert_login_from</c> and
/// <c>ssl_cert_login_san_type</c> in one (https://www.rabbitmq.com/docs/ssl#peer-verification).
/// </summary>
public enum CertificateName
{
    /// <summary>The subject as RFC 4514 writes it, last part first and as RabbitMQ escapes it: <c>CN=client,O=Example\, Inc.,C=DE</c>.</summary>
    Distinguished,

    /// <summary>The subject's CN; of several all, with commas between.</summary>
    Common,

    /// <summary>An alternative name that is a host's (dNSName).</summary>
    Dns,

    /// <summary>An alternative name that is an e-mail address (rfc822Name).</summary>
    Email,

    /// <summary>An alternative name that is a URI.</summary>
    Uri,

    /// <summary>An alternative name that is an IP address, as text. (RabbitMQ has its octets.)</summary>
    IPAddress,

    /// <summary>An alternative name of another kind (otherName), such as a Windows user's, when its value is a text.</summary>
    Other,
}
