using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Warren.Broker;
using Warren.Client;

namespace Warren.Conformance;

/// <summary>TLS of the client: certificates are verified unless the caller's own code decides otherwise.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _certificate;
    private readonly string _authorityFile = Path.GetTempFileName();
    private WarrenBroker _broker = null!;

    public TlsTests()
    {
        using var authorityKey = RSA.Create(2048);
        var authority = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = authority.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]);
        _certificate = X509CertificateLoader.LoadPkcs12(issued.CopyWithPrivateKey(key).Export(X509ContentType.Pkcs12), null);
        File.WriteAllText(_authorityFile, _authority.ExportCertificatePem());
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask InitializeAsync()
    {
        _broker = await WarrenBroker.StartAsync();
        _listener.Start();
        _ = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _broker.DisposeAsync();
        File.Delete(_authorityFile);
        _authority.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task A_trusted_authority_and_the_right_name_connect()
    {
        await using var bus = await Bus.ConnectAsync($"amqps://localhost:{Port}/?cacertfile={Uri.EscapeDataString(_authorityFile)}");
        await using var server = await bus.ServeAsync("tls", (string text) => text);

        var large = new string('x', 300_000);
        Assert.Equal(large, await bus.CallAsync<string>("tls", large));
    }

    [Fact]
    public async Task An_unknown_authority_is_refused()
    {
        var error = await Assert.ThrowsAsync<ConnectFailedException>(() => AmqpConnection.ConnectAsync($"amqps://localhost:{Port}/"));

        Assert.Contains("certificate", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Another_host_name_is_refused() =>
        await Assert.ThrowsAsync<ConnectFailedException>(
            () => AmqpConnection.ConnectAsync($"amqps://127.0.0.1:{Port}/?cacertfile={Uri.EscapeDataString(_authorityFile)}"));

    // TLS ends here and plain AMQP goes on to the broker.
    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var broker = new TcpClient())
        {
            try
            {
                await using var secure = new SslStream(client.GetStream());
                await secure.AuthenticateAsServerAsync(_certificate);
                await broker.ConnectAsync(IPAddress.Loopback, _broker.Port);
                await Task.WhenAny(secure.CopyToAsync(broker.GetStream()), broker.GetStream().CopyToAsync(secure));
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client did not like the certificate, which is what some tests are about.
            }
        }
    }
}
