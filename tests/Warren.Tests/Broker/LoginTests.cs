using System.Security.Cryptography;
using System.Text;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>How passwords are checked, and what whoever guesses them learns.</summary>
public sealed class LoginTests
{
    private readonly BrokerBench _bench = new();

    [Fact]
    public void V25_every_refused_login_costs_one_slow_hash_whoever_it_names()
    {
        _bench.Users.Put(new UserAccount("slow"), "secret");
        _bench.Users.Put(new UserAccount("imported") { PasswordHash = Imported(PasswordHash.Sha256, SHA256.HashData, "secret") });
        _bench.Users.Put(new UserAccount("without"));
        _bench.Users.Put(new UserAccount("here") { LoopbackOnly = true }, "secret");
        (string User, string Password, string Address)[] attempts =
        [
            ("slow", "wrong", "127.0.0.1"), ("imported", "wrong", "127.0.0.1"), ("without", "wrong", "127.0.0.1"), ("nobody", "wrong", "127.0.0.1"),
            ("slow", "", "127.0.0.1"), ("imported", "", "127.0.0.1"), ("guest", "wrong", "127.0.0.1"),
            ("here", "secret", "10.0.0.1"), ("here", "wrong", "10.0.0.1"),
        ];
        foreach (var (user, password, address) in attempts)
        {
            var before = _bench.Turn.Logins.SlowHashes;
            var peer = TryLogIn(user, password, address);
            var close = peer.Read<ConnectionClose>();
            Assert.Equal(
                (403, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."),
                (close.ReplyCode, close.ReplyText.ToString()));
            Assert.Equal(1, _bench.Turn.Logins.SlowHashes - before);
        }
    }

    [Fact]
    public void A_password_that_was_right_is_recognized_without_another_slow_hash_until_it_changes()
    {
        _bench.Users.Put(new UserAccount("u") { PasswordHash = PasswordHash.Of(Encoding.UTF8.GetBytes("secret"), 1000) });
        LogIn("u", "secret", slowHashes: 1);
        LogIn("u", "secret", slowHashes: 0);

        _bench.Users.Put(new UserAccount("u"), "other");

        TryLogIn("u", "secret").Read<ConnectionClose>();
        LogIn("u", "other", slowHashes: 0);
    }

    public static TheoryData<string> RabbitMqAlgorithms => [PasswordHash.Sha256, PasswordHash.Sha512, PasswordHash.Md5];

    [Theory]
    [MemberData(nameof(RabbitMqAlgorithms))]
    public void Row_156_V26_a_hash_of_RabbitMQ_lets_in_and_is_replaced_by_a_slow_one(string algorithm)
    {
        var imported = algorithm switch
        {
            PasswordHash.Sha256 => Imported(algorithm, SHA256.HashData, "secret"),
            PasswordHash.Sha512 => Imported(algorithm, SHA512.HashData, "secret"),
            _ => Imported(algorithm, MD5.HashData, "secret"),
        };
        _bench.Users.Put(new UserAccount("u") { PasswordHash = imported });
        TryLogIn("u", "wrong").Read<ConnectionClose>();
        Assert.Equal(imported, _bench.Users.Find("u")!.PasswordHash);

        LogIn("u", "secret", slowHashes: 1);

        var replacement = _bench.Users.Find("u")!.PasswordHash!;
        Assert.Equal(PasswordHash.Pbkdf2, replacement.Algorithm);
        LogIn("u", "secret", slowHashes: 0);
        var other = new BrokerBench();
        other.Users.Put(new UserAccount("u") { PasswordHash = PasswordHash.Parse(replacement.Algorithm, replacement.ToBase64()) });
        other.LogIn("u", "secret");
    }

    [Fact]
    public void Row_156_hashes_that_RabbitMQ_made_are_read()
    {
        foreach (var (algorithm, base64) in RabbitMqHashes.Hunter2)
        {
            var hash = PasswordHash.Parse(algorithm, base64);
            Assert.True(hash.Matches("hunter2"u8), algorithm);
            Assert.False(hash.Matches("hunter3"u8), algorithm);
            Assert.Equal(base64, hash.ToBase64());
        }
    }

    [Theory]
    [InlineData("rabbit_password_hashing_sha256", "not base64!")]
    [InlineData("rabbit_password_hashing_sha256", "AAAA")]
    [InlineData("rabbit_password_hashing_crc32", "AAAAAAAA")]
    [InlineData("warren_password_hashing_pbkdf2_sha256", "f////wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void Row_156_what_is_no_hash_is_refused_without_being_repeated(string algorithm, string base64)
    {
        var error = Assert.Throws<FormatException>(() => PasswordHash.Parse(algorithm, base64));
        Assert.DoesNotContain(base64, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void V26_our_own_hash_has_600_000_rounds_and_a_salt_of_16_octets()
    {
        var one = Convert.FromBase64String(PasswordHash.Of("secret").ToBase64());
        Assert.Equal([0, 0x09, 0x27, 0xC0], one[..4]);
        var expected = Rfc2898DeriveBytes.Pbkdf2("secret"u8, one.AsSpan(4, 16), 600_000, HashAlgorithmName.SHA256, 32);
        Assert.Equal(expected, one[20..]);
    }

    [Fact]
    public void B13_an_address_that_guesses_is_slowed_down_and_others_are_not()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(403, TryLogIn("guest", "wrong", "10.0.0.1").Read<ConnectionClose>().ReplyCode);
        _bench.Users.Put(new UserAccount("u"), "secret");

        var before = _bench.Turn.Logins.SlowHashes;
        var waiting = Enumerable.Range(0, 5).Select(_ => TryLogIn("u", "wrong", "::ffff:10.0.0.1")).ToArray();
        Assert.All(waiting, peer => Assert.True(peer.IsAtEnd));
        Assert.Equal(403, TryLogIn("u", "secret", "10.0.0.1").Read<ConnectionClose>().ReplyCode); // Right, and unseen.
        Assert.Equal(before, _bench.Turn.Logins.SlowHashes);
        TryLogIn("u", "secret", "10.0.0.2").Read<ConnectionTune>();

        for (var i = 0; i < waiting.Length; i++)
        {
            _bench.Pass(1);
            Assert.Equal(403, waiting[i].Read<ConnectionClose>().ReplyCode);
            Assert.All(waiting[(i + 1)..], peer => Assert.True(peer.IsAtEnd));
        }
        _bench.Pass(60);
        TryLogIn("u", "secret", "10.0.0.1").Read<ConnectionTune>();
    }

    [Fact]
    public void B13_a_right_password_from_a_slowed_down_address_waits_its_turn_and_gets_in_with_what_was_sent_after_it()
    {
        for (var i = 0; i < 10; i++)
            TryLogIn("guest", "wrong", "127.0.0.1").Read<ConnectionClose>();
        var peer = _bench.Connect();
        using var octets = new FrameBuffer();
        octets.WriteRaw(FrameBuffer.ProtocolHeader);
        octets.WriteMethod(0, BrokerBench.Plain("guest", "guest"));
        octets.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
        octets.WriteMethod(0, new ConnectionOpen("/"));
        peer.Write(octets.WrittenSpan);
        peer.Read<ConnectionStart>();
        Assert.True(peer.IsAtEnd);

        _bench.Pass(1);

        peer.Read<ConnectionTune>();
        peer.Read<ConnectionOpenOk>();
    }

    [Fact]
    public void B13_an_IPv6_address_is_as_guilty_as_its_neighbours()
    {
        for (var i = 0; i < 10; i++)
            TryLogIn("u", "wrong", $"2001:db8::{i + 1}").Read<ConnectionClose>();
        Assert.True(TryLogIn("u", "wrong", "2001:db8::ffff:1").IsAtEnd);
        TryLogIn("u", "wrong", "2001:db8:0:1::1").Read<ConnectionClose>();
    }

    [Fact]
    public void V15_no_password_is_logged_or_told()
    {
        const string Canary = "c4nary-S3cret/\u00fc%";
        _bench.Users.Put(new UserAccount("u") { LoopbackOnly = true }, Canary);
        var texts = new List<string>();
        FieldTable[] properties = [default, BrokerBench.CloseCapable];
        foreach (var property in properties)
        {
            foreach (var address in (string[])["127.0.0.1", "10.0.0.1"])
            {
                Say(address, BrokerBench.Plain("u", Canary + "x", property));
                Say(address, BrokerBench.Plain("nobody", Canary, property));
                Say(address, BrokerBench.Plain("u", Canary, property));
                Say(address, new ConnectionStartOk(property, "PLAIN", $"{Canary}\0u\0{Canary}\0x", "en_US"));
                Say(address, new ConnectionStartOk(property, "AMQPLAIN", new LongString(FieldTable.Create(("LOGIN", "u"), ("PASSWORD", Canary + "x")).Octets), "en_US"));
                Say(address, new ConnectionStartOk(property, "AMQPLAIN", new LongString(FieldTable.Create(("PASSWORD", Canary)).Octets), "en_US"));
                Say(address, new ConnectionStartOk(property, "EXTERNAL", Canary, "en_US"));
            }
        }
        _bench.Log.Failing = line => line.Contains("login refused", StringComparison.Ordinal);
        Say("127.0.0.1", BrokerBench.Plain("u", Canary + "x"));
        texts.AddRange(_bench.Log.Lines);
        texts.AddRange(_bench.Log.Critical.Select(entry => entry.Exception?.ToString() ?? ""));
        texts.AddRange(_bench.Users.List().Select(user => user.ToString()));
        texts.Add(new BrokerUser("u", Canary).ToString());
        texts.Add(new LoginAttempt(_bench.Connect(), "PLAIN", new Credentials("u"u8.ToArray(), Encoding.UTF8.GetBytes(Canary)), default).ToString()!);

        Assert.True(_bench.Log.Lines.Count > 20);
        foreach (var secret in (string[])[Canary, Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary)), Uri.EscapeDataString(Canary), "c4nary"])
            Assert.DoesNotContain(texts, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase));

        void Say(string address, ConnectionStartOk start)
        {
            var peer = _bench.Greet(address);
            peer.WriteMethod(0, start);
            if (!peer.IsAborted && !peer.IsShut)
                peer.WriteMethod(0, new ConnectionOpen(new ShortString("nope")));
            texts.Add(Encoding.Latin1.GetString(peer.AllReceived.Span));
        }
    }

    [Fact]
    public void V15_no_part_of_a_password_is_logged_when_its_frame_is_broken()
    {
        const string Canary = "c4naryc4naryc4naryc4naryc4nary";
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var plain = BrokerBench.Plain("u", Canary);
        var table = new ConnectionStartOk(default, "AMQPLAIN", new LongString(FieldTable.Create(("LOGIN", "u"), ("PASSWORD", Canary)).Octets), "en_US");
        for (var i = 0; i < 500; i++)
        {
            using var frames = new FrameBuffer();
            frames.WriteMethod(0, i % 2 == 0 ? plain : table);
            var octets = frames.WrittenSpan.ToArray();
            var canaryAt = octets.AsSpan().IndexOf("c4nary"u8);
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                var at = random.Next(octets.Length);
                if (at < canaryAt || at >= canaryAt + Canary.Length)
                    octets[at] = (byte)random.Next(256);
            }
            var peer = _bench.Greet($"10.0.{i / 250}.{i % 250}");
            peer.Write(octets);
            peer.Write([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 11, 0xCE]);
            var got = Encoding.Latin1.GetString(peer.AllReceived.Span);
            Assert.DoesNotContain("c4n", got, StringComparison.Ordinal);
        }
        Assert.True(_bench.Log.Lines.Count > 300);
        foreach (var part in (string[])["c4n", "99,52,110", "naryc"])
            Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hashing_leaves_the_turn_to_others_and_the_login_goes_on_after_it()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true, PasswordRounds = 1000 });
        broker.Users.Put(new UserAccount("u") { PasswordHash = Imported(PasswordHash.Sha256, SHA256.HashData, "secret") });
        broker.Users.SetPermission(UserPermission.Everything("u", "/"));
        var received = new System.Collections.Concurrent.ConcurrentQueue<byte>();
        var isOpen = new TaskCompletionSource();
        var connection = broker.ConnectInProcess(octets =>
        {
            foreach (var octet in octets.Span)
                received.Enqueue(octet);
            if (received.ToArray().AsSpan().IndexOf((byte[])[0, 10, 0, 41]) >= 0)
                isOpen.TrySetResult();
        }, error => isOpen.TrySetException(error ?? new IOException("closed")));
        using var frames = new FrameBuffer();
        frames.WriteRaw(FrameBuffer.ProtocolHeader);
        frames.WriteMethod(0, BrokerBench.Plain("u", "secret"));
        frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 60));
        frames.WriteMethod(0, new ConnectionOpen("/"));

        connection.Write(frames.WrittenSpan);

        await isOpen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(PasswordHash.Pbkdf2, broker.Users.Find("u")!.PasswordHash!.Algorithm);
    }

    private RawPeer TryLogIn(string user, string password, string address = "127.0.0.1")
    {
        var peer = _bench.Greet(address);
        peer.WriteMethod(0, BrokerBench.Plain(user, password, BrokerBench.CloseCapable));
        return peer;
    }

    private void LogIn(string user, string password, int slowHashes)
    {
        var before = _bench.Turn.Logins.SlowHashes;
        TryLogIn(user, password).Read<ConnectionTune>();
        Assert.Equal(slowHashes, _bench.Turn.Logins.SlowHashes - before);
    }

    private static PasswordHash Imported(string algorithm, Func<byte[], byte[]> hash, string password)
    {
        byte[] salt = [1, 2, 3, 4];
        return PasswordHash.Parse(algorithm, Convert.ToBase64String([.. salt, .. hash([.. salt, .. Encoding.UTF8.GetBytes(password)])]));
    }
}
