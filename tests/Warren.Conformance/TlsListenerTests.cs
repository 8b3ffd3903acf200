using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Row 25: the broker's own port for TLS.</summary>
public sealed class TlsListenerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("warren-tls-").FullName;

    private string AuthorityFile => Path.Combine(_folder, "authority.pem");

    public static TheoryData<IoRoad> Roads => OperatingSystem.IsLinux() ? [IoRoad.Epoll, IoRoad.Sockets] : [IoRoad.Sockets];

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Roads))]
    public async Task Row_25_Calls_of_every_size_go_through_TLS_beside_those_without(IoRoad road)
    {
        await using var broker = await StartAsync(options => options with { IoRoad = road });
        await using var bus = await Bus.ConnectAsync(UriOf(broker));
        await using var plain = await Bus.ConnectAsync(broker.Uri);
        await using var server = await bus.ServeAsync("tls", (string text) => text);

        foreach (var length in (int[])[0, 1, 100_000, 5_000_000])
        {
            var text = new string('x', length);
            Assert.Equal(text, await bus.CallAsync<string>("tls", text));
            Assert.Equal(text, await plain.CallAsync<string>("tls", text));
        }
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => bus.CallAsync<string>("tls", $"{n}")));
        var names = broker.GetConnections().Select(connection => connection.Name).ToArray();
        Assert.Contains(names, name => name.EndsWith($"-> {broker.TlsEndPoint}", StringComparison.Ordinal));
        Assert.Contains(names, name => name.EndsWith($"-> {broker.EndPoint}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_25_A_certificate_may_come_from_PEM_files_or_from_PKCS12()
    {
        using var certificate = _authority.Issue("localhost");
        var (pem, key, pfx) = (Path.Combine(_folder, "cert.pem"), Path.Combine(_folder, "key.pem"), Path.Combine(_folder, "cert.pfx"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + _authority.Certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(key, certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllBytesAsync(pfx, certificate.Export(X509ContentType.Pkcs12, "secret"));

        foreach (var tls in (TlsOptions[])[TlsOptions.FromPem(pem, key), TlsOptions.FromPfx(pfx, "secret")])
        {
            await using var broker = await StartAsync(options => options with { Tls = tls });
            await using var bus = await Bus.ConnectAsync(UriOf(broker));
        }
        Assert.Throws<CryptographicException>(() => TlsOptions.FromPem(pem, AuthorityFile));
        Assert.Throws<CryptographicException>(() => TlsOptions.FromPfx(pfx, "wrong"));
    }

    [Fact]
    public async Task V22_TLS_is_1_2_or_1_3()
    {
        await using var broker = await StartAsync();
        foreach (var version in (SslProtocols[])[SslProtocols.Tls12, SslProtocols.Tls13])
        {
            using var client = await ConnectAsync(broker);
            await client.AuthenticateAsClientAsync(Trusting(version));
            Assert.Equal(version, client.SslProtocol);
        }
        using var old = new TcpClient();
        await old.ConnectAsync(broker.TlsEndPoint);
        byte[] hello = // RFC 4346, section 7.4.1.2: version 1.1, TLS_RSA_WITH_AES_128_CBC_SHA.
        [
            22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2, .. RandomNumberGenerator.GetBytes(32), 0, 0, 2, 0, 0x2F, 1, 0,
        ];
        await old.GetStream().WriteAsync(hello);
        var answer = new byte[7];
        await old.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(Patience);
        Assert.Equal((21, 2, 70), (answer[0], answer[5], answer[6])); // A fatal alert: protocol_version.
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task V22_A_client_certificate_that_is_shown_has_to_be_right(bool isRequired)
    {
        using var other = new TestAuthority(); // Of the same name, and with the same serial numbers.
        using var right = _authority.Issue("client");
        using var expired = _authority.Issue("client", isExpired: true);
        using var wrong = other.Issue("client");
        await using var broker = await StartAsync(options => options with
        {
            Tls = options.Tls! with { ClientAuthorities = [_authority.Certificate], RequireClientCertificate = isRequired },
        });

        Assert.True(await IsServedAsync(broker, right));
        Assert.False(await IsServedAsync(broker, wrong));
        Assert.False(await IsServedAsync(broker, expired));
        Assert.Equal(!isRequired, await IsServedAsync(broker, null));
        Assert.Equal(0, broker.GetConnections().Count(connection => connection.Status == ConnectionStatus.Running));
    }

    [Fact]
    public async Task Who_does_not_speak_TLS_is_left_and_the_others_are_served()
    {
        await using var broker = await StartAsync(options => options with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        using var foreign = new TcpClient();
        await foreign.ConnectAsync(broker.TlsEndPoint);
        await foreign.GetStream().WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray());
        using var silent = new TcpClient();
        await silent.ConnectAsync(broker.TlsEndPoint);

        foreach (var client in (TcpClient[])[foreign, silent])
            await UntilEndAsync(client.GetStream());

        await using var bus = await Bus.ConnectAsync(UriOf(broker));
    }

    [Theory]
    [MemberData(nameof(Roads))]
    public async Task Stopping_closes_connections_with_TLS_in_order(IoRoad road)
    {
        var broker = await StartAsync(options => options with { IoRoad = road });
        await using var connection = await AmqpConnection.ConnectAsync(UriOf(broker));

        await broker.StopAsync();

        var closed = await connection.Closed;
        Assert.Equal(ReplyCode.ConnectionForced, closed.ReplyCode);
    }

    [Fact]
    public async Task A_consumer_with_TLS_that_reads_late_gets_everything()
    {
        await using var broker = await StartAsync(options => options with { OutboundLimit = 10_000 });
        using var client = await ConnectAsync(broker);
        await client.AuthenticateAsClientAsync(Trusting());
        using var frames = new FrameBuffer();
        frames.WriteRaw(FrameBuffer.ProtocolHeader);
        frames.WriteMethod(0, new ConnectionStartOk(default, "PLAIN", "\0guest\0guest", "en_US"));
        frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        frames.WriteMethod(0, new ConnectionOpen("/"));
        frames.WriteMethod(1, default(ChannelOpen));
        frames.WriteMethod(1, new QueueDeclare("q"));
        frames.WriteMethod(1, new BasicConsume("q", "t", NoAck: true));
        for (var i = 0; i < 1000; i++)
            frames.WriteContent(1, new BasicPublish("", "q"), BasicProperties.Empty, new byte[10_000], 131072);
        var writing = client.WriteAsync(frames.Written).AsTask(); // Ten million octets: they do not fit into any buffer, so reading has to go on.

        var received = new MemoryStream();
        var buffer = new byte[65536];
        while (CountDeliveries(received) < 1000)
        {
            var count = await client.ReadAsync(buffer).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, count);
            received.Write(buffer, 0, count);
        }
        await writing;
    }

    private static int CountDeliveries(MemoryStream received)
    {
        var deliveries = 0;
        var reader = new FrameReader(received.GetBuffer().AsMemory(0, (int)received.Length), 131072);
        while (reader.TryRead(out var frame))
            deliveries += frame.Type == FrameType.Body ? 1 : 0;
        return deliveries;
    }

    private async Task<bool> IsServedAsync(WarrenBroker broker, X509Certificate2? certificate)
    {
        using var client = await ConnectAsync(broker);
        var authentication = Trusting();
        if (certificate is not null)
            authentication.ClientCertificates = [certificate];
        try
        {
            await client.AuthenticateAsClientAsync(authentication);
            await client.WriteAsync(FrameBuffer.ProtocolHeader.ToArray());
            return await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience) == 1; // With TLS 1.3 a refusal comes only now.
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private async Task<WarrenBroker> StartAsync(Func<BrokerOptions, BrokerOptions>? change = null)
    {
        await File.WriteAllTextAsync(AuthorityFile, _authority.Certificate.ExportCertificatePem());
        var options = new BrokerOptions { Tls = new TlsOptions { Certificate = _authority.Issue("localhost") } };
        return await WarrenBroker.StartAsync(change is null ? options : change(options));
    }

    private string UriOf(WarrenBroker broker) => $"amqps://guest:guest@localhost:{broker.TlsEndPoint.Port}/?cacertfile={Uri.EscapeDataString(AuthorityFile)}";

    private static async Task<SslStream> ConnectAsync(WarrenBroker broker)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(broker.TlsEndPoint);
        return new SslStream(new NetworkStream(socket, ownsSocket: true));
    }

    private SslClientAuthenticationOptions Trusting(SslProtocols version = SslProtocols.None)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Certificate);
        return new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version, CertificateChainPolicy = policy };
    }

    private static async Task UntilEndAsync(NetworkStream stream)
    {
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: an end, too.
        }
    }
}
