using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>Row 7: who has shown a certificate logs in by its name.</summary>
public sealed class ExternalLoginTests
{
    private readonly BrokerBench _bench = new();

    // What RabbitMQ's rabbit_cert_info:subject/1 made of the same subjects.
    [Theory]
    [InlineData("C=DE, ST=Bavaria, L=Munich, O=\"Warren, Inc.\", CN=client", @"CN=client,O=Warren\, Inc.,L=Munich,ST=Bavaria,C=DE")]
    [InlineData("CN=\" lead#hash;'q'<a>=b\\c+d trail \"", @"CN=\ lead#hash\;'q'\<a\>=b\\c\+d trail\ ")]
    [InlineData("CN=\"#x\"", @"CN=\#x")]
    [InlineData("CN=\" \"", @"CN=\ ")]
    [InlineData("CN=Jörg ✓~", @"CN=J\C3\B6rg \E2\9C\93\7E")]
    [InlineData("DC=com, DC=example, OID.0.9.2342.19200300.100.1.1=u1, E=a@b.c, SN=Doe, GN=Jo, T=Dr, SERIALNUMBER=77, STREET=Road 1, OID.2.5.4.65=p, I=J, OID.2.5.4.44=III, "
        + "OID.2.5.4.46=q, OID.2.5.4.41=n, OID.2.5.4.15=bc",
        "2.5.4.15=bc,2.5.4.41=n,2.5.4.46=q,GENERATIONQUALIFIER=III,INITIALS=J,PSEUDONYM=p,2.5.4.9=Road 1,SERIALNUMBER=77,TITLE=Dr,GIVENNAME=Jo,SN=Doe,EMAILADDRESS=a@b.c,"
        + "UID=u1,DC=example,DC=com")]
    public void Row_7_the_distinguished_name_is_RabbitMQs(string subject, string expected) =>
        Assert.Equal(expected, SubjectText.Distinguished(new X500DistinguishedName(subject, X500DistinguishedNameFlags.None).RawData));

    [Fact]
    public void Row_7_names_of_several_parts_and_of_every_kind_of_text()
    {
        var name = Subject(
            [("2.5.4.3", UniversalTagNumber.T61String, [0x4A, 0xF6, 0x72, 0x67])],
            [("0.9.2342.19200300.100.1.1", UniversalTagNumber.UTF8String, "u1"u8.ToArray()), ("2.5.4.3", UniversalTagNumber.PrintableString, "bo@th"u8.ToArray())],
            [("2.5.4.10", UniversalTagNumber.BMPString, [0x03, 0xBB]), ("2.5.4.11", UniversalTagNumber.UniversalString, [0, 0x01, 0xF4, 0x07])],
            [("1.2.3", UniversalTagNumber.Integer, [7])]);

        Assert.Equal(@"1.2.3=#020107,O=\CE\BB+OU=\F0\9F\90\87,UID=u1+CN=bo@th,CN=J\C3\B6rg", SubjectText.Distinguished(name));
        Assert.Equal("Jörg,bo@th", SubjectText.CommonNames(name));
        Assert.Null(SubjectText.CommonNames(new X500DistinguishedName("O=x").RawData));
    }

    [Fact]
    public void Row_7_a_broken_subject_is_refused_as_one()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var subject = new X500DistinguishedName("C=DE, O=Warren, OID.2.5.4.65=p, CN=J\u00f6rg \u2713").RawData;
        for (var i = 0; i < 50_000; i++)
        {
            var octets = subject.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            try
            {
                Assert.DoesNotContain(SubjectText.Distinguished(octets.AsMemory(0, random.Next(octets.Length + 1))), char.IsControl);
            }
            catch (Exception e) when (e is AsnContentException or ArgumentException)
            {
                // What a login takes for nobody.
            }
        }
    }

    [Theory]
    [InlineData(CertificateName.Distinguished, 0, "CN=client")]
    [InlineData(CertificateName.Common, 0, "client")]
    [InlineData(CertificateName.Dns, 0, "one.example")]
    [InlineData(CertificateName.Dns, 1, "two.example")]
    [InlineData(CertificateName.Dns, 2, null)]
    [InlineData(CertificateName.Email, 0, "me@example.com")]
    [InlineData(CertificateName.Email, 1, null)]
    [InlineData(CertificateName.Uri, 0, "spiffe://example/me")]
    [InlineData(CertificateName.IPAddress, 0, "192.0.2.7")]
    [InlineData(CertificateName.Other, 0, "me@WINDOWS")]
    public void Row_7_the_option_says_which_name_is_the_users(CertificateName from, int index, string? expected)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("one.example");
        names.AddEmailAddress("me@example.com");
        names.AddUri(new Uri("spiffe://example/me"));
        names.AddIpAddress(IPAddress.Parse("192.0.2.7"));
        names.AddUserPrincipalName("me@WINDOWS");
        names.AddDnsName("two.example");
        using var certificate = SelfSigned(new X500DistinguishedName("CN=client"), names.Build());

        Assert.Equal(expected, CertificateUser.Find(certificate, from, index));
    }

    [Fact]
    public void Row_7_a_certificate_without_the_name_names_nobody()
    {
        using var bare = SelfSigned(new X500DistinguishedName(""), null);
        using var broken = SelfSigned(new X500DistinguishedName(""), new X509Extension("2.5.29.17", [4, 1], false));
        foreach (var certificate in (X509Certificate2[])[bare, broken])
            Assert.All(Enum.GetValues<CertificateName>(), from => Assert.Null(CertificateUser.Find(certificate, from, 0)));
        foreach (var kind in (UniversalTagNumber[])[UniversalTagNumber.UTF8String, UniversalTagNumber.BMPString, UniversalTagNumber.UniversalString])
            Assert.ThrowsAny<ArgumentException>(() => SubjectText.Distinguished(Subject([("2.5.4.3", kind, [0xD8, 0xFF, 0xFE])]))); // Two broken names must not become one.
    }

    [Fact]
    public void Row_7_EXTERNAL_is_offered_to_those_only_whose_certificates_are_asked_for()
    {
        Assert.Equal("PLAIN AMQPLAIN", Greet(null).Mechanisms.ToString());
        Assert.Equal("PLAIN AMQPLAIN EXTERNAL", Greet(ExternalIdentity.Of("u")).Mechanisms.ToString());
        Assert.Equal("PLAIN AMQPLAIN EXTERNAL", Greet(ExternalIdentity.NoCertificate).Mechanisms.ToString()); // As RabbitMQ: the refusal then says what is missing.
    }

    [Fact]
    public void Row_7_the_user_has_to_be_there_and_needs_no_password()
    {
        _bench.Users.Put(new UserAccount("CN=client"));
        _bench.Users.SetPermission(UserPermission.Everything("CN=client", "/"));

        var peer = TryLogIn(ExternalIdentity.Of("CN=client"));

        peer.Read<ConnectionTune>();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();
        Assert.Equal("CN=client", Assert.Single(_bench.Turn.Operations.Connections()).User);
        Assert.Equal(0, _bench.Turn.Logins.SlowHashes);
    }

    [Fact]
    public void Row_7_V08_whom_the_certificate_does_not_name_is_refused()
    {
        (ExternalIdentity Identity, string Address, string Log)[] rows =
        [
            (ExternalIdentity.Of("nobody"), "127.0.0.1", "login refused: user 'nobody', mechanism EXTERNAL"),
            (ExternalIdentity.Of("guest"), "10.0.0.1", "login refused: user 'guest', mechanism EXTERNAL"),
            (ExternalIdentity.Of(null), "127.0.0.1", "EXTERNAL login refused: no name found"),
            (ExternalIdentity.NoCertificate, "127.0.0.1", "EXTERNAL login refused: connection peer presented no TLS (x.509) certificate"),
        ];
        foreach (var (identity, address, log) in rows)
        {
            var close = TryLogIn(identity, address).Read<ConnectionClose>();
            Assert.Equal(
                (403, "ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. For details see the broker logfile."),
                (close.ReplyCode, close.ReplyText.ToString()));
            Assert.EndsWith(log, _bench.Log.Lines[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Row_7_without_a_certificate_that_is_asked_for_EXTERNAL_is_an_unknown_mechanism()
    {
        var peer = _bench.Greet();
        peer.WriteMethod(0, new ConnectionStartOk(BrokerBench.CloseCapable, "EXTERNAL", "guest", "en_US"));
        Assert.True(peer.IsAborted);
    }

    private ConnectionStart Greet(ExternalIdentity? identity)
    {
        var peer = Connect(identity, "127.0.0.1");
        peer.Write(FrameBuffer.ProtocolHeader);
        return peer.Read<ConnectionStart>();
    }

    private RawPeer TryLogIn(ExternalIdentity identity, string address = "127.0.0.1")
    {
        var peer = Connect(identity, address);
        peer.Write(FrameBuffer.ProtocolHeader);
        peer.Read<ConnectionStart>();
        peer.WriteMethod(0, new ConnectionStartOk(BrokerBench.CloseCapable, "EXTERNAL", "guest", "en_US")); // What it says does not count.
        return peer;
    }

    private RawPeer Connect(ExternalIdentity? identity, string address)
    {
        var peer = new RawPeer(_bench.Turn, new IPEndPoint(IPAddress.Parse(address), 50001)) { Identity = identity };
        Assert.True(_bench.Turn.Join(peer));
        return peer;
    }

    private static byte[] Subject(params (string Id, UniversalTagNumber Kind, byte[] Octets)[][] parts)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            foreach (var part in parts)
            {
                using var set = writer.PushSetOf();
                foreach (var (id, kind, octets) in part)
                {
                    using var pair = writer.PushSequence();
                    writer.WriteObjectIdentifier(id);
                    writer.WriteEncodedValue([(byte)kind, (byte)octets.Length, .. octets]);
                }
            }
        }
        return writer.Encode();
    }

    private static X509Certificate2 SelfSigned(X500DistinguishedName subject, X509Extension? extension)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (extension is not null)
            request.CertificateExtensions.Add(extension);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }
}
