namespace Warren.Client;

/// <summary>How a client says who it is (https://www.rabbitmq.com/docs/access-control#mechanisms).</summary>
public enum LoginMechanism
{
    /// <summary>With user name and password.</summary>
    Plain,

    /// <summary>
    /// With the certificate that it shows in TLS, by which the broker knows it; name and password are not sent. RabbitMQ needs the plugin
    /// rabbitmq_auth_mechanism_ssl, Warren's broker <c>TlsOptions.ClientAuthorities</c>.
    /// </summary>
    External,
}
