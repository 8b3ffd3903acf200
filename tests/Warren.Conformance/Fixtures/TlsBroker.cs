using Warren.Broker;

namespace Warren.Conformance.Fixtures;

/// <summary>Either broker with a port for TLS that asks for client certificates and takes them for a login, and optionally behind a proxy.</summary>
public sealed class TlsBroker : IAsyncDisposable
{
    private readonly WarrenBroker? _warren;
    private readonly RabbitMqServer? _rabbitMq;

    private TlsBroker(WarrenBroker warren) =>
        (_warren, Port, TlsPort) = (warren, warren.Port, warren.TlsEndPoint.Port);

    private TlsBroker(RabbitMqServer rabbitMq, int tlsPort) =>
        (_rabbitMq, Port, TlsPort) = (rabbitMq, rabbitMq.Uri.Port, tlsPort);

    public int Port { get; }

    public int TlsPort { get; }

    /// <summary>Warren's log is not looked at; RabbitMQ's is in its folder.</summary>
    public static async Task<TlsBroker> StartAsync(BrokerKind kind, CertificateFiles certificates, BrokerOptions? options = null)
    {
        options ??= new BrokerOptions();
        var (certificate, key) = certificates.Issue("localhost");
        if (kind == BrokerKind.Warren)
        {
            var tls = TlsOptions.FromPem(certificate, key) with { ClientAuthorities = [certificates.AuthorityCertificate] };
            return new TlsBroker(await WarrenBroker.StartAsync(options with { Tls = tls }));
        }
        var tlsPort = CertificateFiles.FreePort();
        return new TlsBroker(
            await RabbitMqServer.StartAsync(
                $"""
                listeners.ssl.1 = 127.0.0.1:{tlsPort}
                ssl_options.cacertfile = {certificates.Authority}
                ssl_options.certfile = {certificate}
                ssl_options.keyfile = {key}
                ssl_options.verify = verify_peer
                ssl_options.fail_if_no_peer_cert = false
                auth_mechanisms.1 = PLAIN
                auth_mechanisms.2 = AMQPLAIN
                auth_mechanisms.3 = EXTERNAL
                proxy_protocol = {(options.ProxyProtocol is null ? "false" : "true")}

                """,
                "rabbitmq_auth_mechanism_ssl"),
            tlsPort);
    }

    /// <summary>Makes a user who may do everything.</summary>
    public async Task AddUserAsync(string name, string password)
    {
        if (_rabbitMq is not null)
        {
            await _rabbitMq.ControlAsync("add_user", name, password);
            await _rabbitMq.ControlAsync("set_permissions", name, ".*", ".*", ".*");
            return;
        }
        _warren!.Users.Put(new UserAccount(name), password);
        _warren.Users.SetPermission(UserPermission.Everything(name, "/"));
    }

    /// <summary>The names of the open connections.</summary>
    public async Task<string[]> ConnectionNamesAsync() => _warren is not null
        ? [.. _warren.GetConnections().Where(connection => connection.Status == ConnectionStatus.Running).Select(connection => connection.Name)]
        : (await _rabbitMq!.ControlAsync("--silent", "list_connections", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public async ValueTask DisposeAsync()
    {
        if (_warren is not null)
            await _warren.DisposeAsync();
        if (_rabbitMq is not null)
            await _rabbitMq.DisposeAsync();
    }
}
