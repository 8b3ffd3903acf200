using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Row 7: logins by certificate.</summary>
public sealed class ExternalLoginTests(ForeignPrograms foreign) : IDisposable
{
    private readonly CertificateFiles _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(Brokers.Both), MemberType = typeof(Brokers))]
    public async Task Row_7_A_client_logs_in_by_its_certificate_alone(BrokerKind kind)
    {
        await using var broker = await TlsBroker.StartAsync(kind, _certificates);
        await broker.AddUserAsync("CN=client", "not needed");
        var (client, stranger) = (_certificates.Issue("client"), _certificates.Issue("stranger"));

        await using (var bus = await Bus.ConnectAsync(UriOf(broker, _certificates.Query(client))))
        await using (await bus.ServeAsync("external", (int n) => 2 * n))
            Assert.Equal(42, await bus.CallAsync<int>("external", 21));

        foreach (var query in (string[])[_certificates.Query(stranger), _certificates.Query()])
        {
            var error = await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(UriOf(broker, query)));
            Assert.Contains("ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. For details see the broker logfile.", error.ToString(), StringComparison.Ordinal);
        }

        // A certificate is no obstacle to a login by password.
        await using var guest = await AmqpConnection.ConnectAsync($"amqps://guest:guest@localhost:{broker.TlsPort}/{_certificates.Query(stranger)}");
    }

    [Theory]
    [MemberData(nameof(Brokers.Both), MemberType = typeof(Brokers))]
    public async Task Row_7_so_does_a_foreign_client(BrokerKind kind)
    {
        await using var broker = await TlsBroker.StartAsync(kind, _certificates);
        await broker.AddUserAsync("CN=client", "not needed");

        Assert.Contains("opened", await RunAsync(broker, "client"), StringComparison.Ordinal);
        Assert.Contains("refused ProbableAuthenticationError", await RunAsync(broker, "stranger"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_7_Without_TLS_or_authorities_it_is_not_offered()
    {
        await using var broker = await Warren.Broker.WarrenBroker.StartAsync(new() { Tls = Warren.Broker.TlsOptions.FromPem(_certificates.Issue("localhost").Certificate, _certificates.Issue("localhost").Key) });
        var error = await Assert.ThrowsAsync<ConnectFailedException>(
            () => AmqpConnection.ConnectAsync($"amqps://localhost:{broker.TlsEndPoint.Port}/{_certificates.Query(_certificates.Issue("guest"))}&auth_mechanism=external"));
        Assert.Contains("the broker offers PLAIN AMQPLAIN, this client is to log in with EXTERNAL", error.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(TlsBroker broker, string name)
    {
        var (certificate, key) = _certificates.Issue(name);
        await using var program = await foreign.StartAsync(
            Language.Python, "external", new Uri("amqp://localhost/"), null, $"{broker.TlsPort}", _certificates.Authority, certificate, key);
        await program.WaitForExitAsync();
        return program.Output;
    }

    private static string UriOf(TlsBroker broker, string query) => $"amqps://localhost:{broker.TlsPort}/{query}&auth_mechanism=external";
}
