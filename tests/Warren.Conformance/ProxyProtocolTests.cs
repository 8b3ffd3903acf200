using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Warren.Amqp;
using Warren.Broker;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Row 25: the PROXY protocol over sockets, with TLS behind it and without.</summary>
public sealed class ProxyProtocolTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly byte[] Addresses6 = [0x20, 0x01, 0x0D, 0xB8, .. new byte[11], 7, 0x20, 0x01, 0x0D, 0xB8, .. new byte[11], 1, 0xC3, 0x51, 0x16, 0x28];

    // The last one's TLVs are an authority ("host") and eight octets of nothing.
    private static readonly (byte[] Header, string Name)[] Headers =
    [
        ([.. "PROXY TCP4 192.0.2.7 198.51.100.1 50001 5672\r\n"u8], "192.0.2.7:50001 -> 198.51.100.1:5672"),
        ([.. "PROXY TCP6 2001:db8::7 2001:db8::1 50001 5672\r\n"u8], "[2001:db8::7]:50001 -> [2001:db8::1]:5672"),
        ([.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 198, 51, 100, 1, 0xC3, 0x51, 0x16, 0x28], "192.0.2.7:50001 -> 198.51.100.1:5672"),
        ([.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x21, 0, 54, .. Addresses6, 2, 0, 4, .. "host"u8, 4, 0, 8, .. new byte[8]], "[2001:db8::7]:50001 -> [2001:db8::1]:5672"),
    ];

    private static readonly byte[][] Nameless =
    [
        [.. "PROXY UNKNOWN\r\n"u8],
        [.. "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"u8],
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x20, 0x00, 0, 0],
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x31, 0, 216, .. new byte[216]],
    ];

    private readonly CertificateFiles _certificates = new();

    public static TheoryData<BrokerKind, IoRoad> Each => OperatingSystem.IsLinux()
        ? new() { { BrokerKind.Warren, IoRoad.Epoll }, { BrokerKind.Warren, IoRoad.Sockets }, { BrokerKind.RabbitMq, IoRoad.Default } }
        : new() { { BrokerKind.Warren, IoRoad.Sockets } };

    // Without TLS and with it.
    private static bool[] Doors => [false, true];

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(Each))]
    public async Task Row_25_The_client_is_who_the_proxy_says(BrokerKind kind, IoRoad road)
    {
        await using var broker = await StartAsync(kind, road);
        var sendings = kind == BrokerKind.Warren ? (bool[])[true, false] : [true]; // RabbitMQ wants the header in one segment.
        foreach (var (header, name) in Headers)
        {
            foreach (var (isTls, isWhole) in from door in Doors from sending in sendings select (door, sending))
            {
                using var socket = await ConnectAsync(broker, isTls);
                await SendAsync(socket, header, isWhole);
                await using var stream = await OpenAsync(socket, isTls);
                Assert.Equal(name, Assert.Single(await broker.ConnectionNamesAsync()));
                socket.Close();
                await UntilAsync(async () => (await broker.ConnectionNamesAsync()).Length == 0);
            }
        }
    }

    // RabbitMQ 3.10's reader ends at these.
    [Fact]
    public async Task Row_25_A_proxy_that_does_not_say_who_it_is_for_is_served()
    {
        await using var broker = await StartAsync(BrokerKind.Warren, IoRoad.Default);
        foreach (var (header, isTls) in from header in Nameless from door in Doors select (header, door))
        {
            using var socket = await ConnectAsync(broker, isTls);
            await SendAsync(socket, header, isWhole: false);
            await using var stream = await OpenAsync(socket, isTls);
            Assert.Equal($"{socket.LocalEndPoint} -> {socket.RemoteEndPoint}", Assert.Single(await broker.ConnectionNamesAsync()));
            socket.Close();
            await UntilAsync(async () => (await broker.ConnectionNamesAsync()).Length == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public async Task Row_25_Without_a_header_or_with_a_broken_one_the_socket_is_closed(BrokerKind kind, IoRoad road)
    {
        await using var broker = await StartAsync(kind, road);
        byte[][] broken =
        [
            [.. FrameBuffer.ProtocolHeader], [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, .. new byte[40]], [.. "PROXY TCP4 192.0.2.7 198.51.100.1 50001\r\n"u8], [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x31, 0x11, 0, 0],
        ];
        foreach (var (octets, isTls) in from octets in broken from door in Doors select (octets, door))
        {
            using var socket = await ConnectAsync(broker, isTls);
            await SendAsync(socket, octets, isWhole: true);
            Assert.Equal(0, await ReceiveAsync(socket));
        }
        using var good = await ConnectAsync(broker, isTls: false);
        await SendAsync(good, Headers[0].Header, isWhole: true);
        await using var stream = await OpenAsync(good, isTls: false);
    }

    [Fact]
    public async Task Row_25_Half_a_header_is_given_up_with_the_handshake()
    {
        await using var broker = await StartAsync(BrokerKind.Warren, IoRoad.Default, new BrokerOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        foreach (var isTls in Doors)
        {
            foreach (var half in (byte[][])[[], [.. "PROXY TCP4 192"u8], [.. Headers[3].Header.AsSpan(0, 40)]])
            {
                using var socket = await ConnectAsync(broker, isTls);
                await SendAsync(socket, half, isWhole: true);
                Assert.Equal(0, await ReceiveAsync(socket));
            }
        }
    }

    private async Task<TlsBroker> StartAsync(BrokerKind kind, IoRoad road, BrokerOptions? options = null)
    {
        var broker = await TlsBroker.StartAsync(
            kind, _certificates, (options ?? new BrokerOptions()) with { IoRoad = road, ProxyProtocol = new ProxyProtocolOptions(), StopTimeout = TimeSpan.Zero });
        await broker.AddUserAsync("u", "secret");
        return broker;
    }

    private static async Task<Socket> ConnectAsync(TlsBroker broker, bool isTls)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", isTls ? broker.TlsPort : broker.Port);
        return socket;
    }

    private static async Task SendAsync(Socket socket, byte[] octets, bool isWhole)
    {
        if (isWhole && octets.Length > 0)
            await socket.SendAsync(octets);
        for (var i = 0; !isWhole && i < octets.Length; i++)
            await socket.SendAsync(octets.AsMemory(i, 1));
    }

    // Goes on as a client does that knows nothing of the proxy, as far as connection.open-ok.
    private async Task<Stream> OpenAsync(Socket socket, bool isTls)
    {
        Stream stream = new NetworkStream(socket);
        if (isTls)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(_certificates.AuthorityCertificate);
            var secure = new SslStream(stream);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy });
            stream = secure;
        }
        using var frames = new FrameBuffer();
        frames.WriteRaw(FrameBuffer.ProtocolHeader);
        frames.WriteMethod(0, new ConnectionStartOk(default, "PLAIN", "\0u\0secret", "en_US"));
        frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        frames.WriteMethod(0, new ConnectionOpen("/"));
        await stream.WriteAsync(frames.Written);
        using var patience = new CancellationTokenSource(Patience);
        var (received, length) = (new byte[65536], 0);
        while (!received.AsSpan(0, length).EndsWith((byte[])[0, 10, 0, 41, 0, Frame.End]))
            length += await stream.ReadAtLeastAsync(received.AsMemory(length), 1, cancellationToken: patience.Token);
        return stream;
    }

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await socket.ReceiveAsync(new byte[1], patience.Token);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await holds())
            await Task.Delay(5, patience.Token);
    }
}
