using System.Net.Sockets;
using System.Security.Cryptography;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Conformance;

/// <summary>A password that is hashed on another thread while nothing is read from the socket, on both roads of the broker.</summary>
public class LoginRoadTests
{
    [Theory]
    [InlineData(IoRoad.Epoll)]
    [InlineData(IoRoad.Sockets)]
    public async Task What_was_sent_behind_a_slow_login_is_read_after_it(IoRoad road)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || road == IoRoad.Sockets, "epoll is Linux's");
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { IoRoad = road });
        byte[] salt = [1, 2, 3, 4];
        var hash = PasswordHash.Parse(PasswordHash.Sha256, Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. "secret"u8])]));
        broker.Users.Put(new UserAccount("u") { PasswordHash = hash });
        broker.Users.SetPermission(UserPermission.Everything("u", "/"));

        Assert.Equal([MethodId.ConnectionStart, MethodId.ConnectionTune, MethodId.ConnectionOpenOk, MethodId.ChannelOpenOk], await TalkAsync("secret", 4));
        Assert.Equal(PasswordHash.Pbkdf2, broker.Users.Find("u")!.PasswordHash!.Algorithm);
        Assert.Equal([MethodId.ConnectionStart, MethodId.ConnectionTune, MethodId.ConnectionOpenOk, MethodId.ChannelOpenOk], await TalkAsync("secret", 4));
        Assert.Equal([MethodId.ConnectionStart, MethodId.ConnectionClose], await TalkAsync("wrong", 2));

        async Task<List<MethodId>> TalkAsync(string password, int answers)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var client = new TcpClient();
            await client.ConnectAsync(broker.EndPoint, patience.Token);
            using var frames = new FrameBuffer();
            var capable = FieldTable.Create(("capabilities", FieldTable.Create(("authentication_failure_close", true))));
            frames.WriteRaw(FrameBuffer.ProtocolHeader);
            frames.WriteMethod(0, new ConnectionStartOk(capable, "PLAIN", $"\0u\0{password}", "en_US"));
            frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
            frames.WriteMethod(0, new ConnectionOpen("/"));
            frames.WriteMethod(1, default(ChannelOpen));
            await client.GetStream().WriteAsync(frames.Written, patience.Token);
            return await ReadAsync(client.GetStream(), answers, patience.Token);
        }
    }

    private static async Task<List<MethodId>> ReadAsync(NetworkStream stream, int answers, CancellationToken cancellationToken)
    {
        var methods = new List<MethodId>();
        var received = new byte[65536];
        var length = 0;
        var start = 0;
        while (methods.Count < answers)
        {
            length += await stream.ReadAtLeastAsync(received.AsMemory(length), 1, cancellationToken: cancellationToken);
            var reader = new FrameReader(received.AsMemory(start, length - start), 131072);
            while (reader.TryRead(out var frame))
                methods.Add(MethodPayload.ReadId(frame.Payload));
            start += reader.Consumed;
        }
        return methods;
    }
}
