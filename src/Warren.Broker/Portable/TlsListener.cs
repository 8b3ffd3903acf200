using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>The port that speaks TLS: what its connections have in common.</summary>
internal sealed class TlsListener : IDisposable
{
    private readonly SocketRoad _road;
    private readonly TlsOptions _options;

    public TlsListener(BrokerTurn turn, TlsOptions options, Socket listener, Door door, ILogger log)
    {
        Log = log;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        LocalName = EndPoint.ToString();
        Authentication = AuthenticationOf(options);
        _options = options;
        _road = new SocketRoad(door, socket => new TlsSocket(turn, socket, this));
        _road.Start(listener);
    }

    public ILogger Log { get; }

    public IPEndPoint EndPoint { get; }

    /// <summary>As it stands in connection names.</summary>
    public string LocalName { get; }

    public SslServerAuthenticationOptions Authentication { get; }

    /// <summary>Who shows this certificate, which has been verified; null where certificates are not asked for.</summary>
    public ExternalIdentity? IdentityOf(X509Certificate? certificate)
    {
        if (_options.ClientAuthorities is null)
            return null;
        return certificate is X509Certificate2 shown
            ? ExternalIdentity.Of(CertificateUser.Find(shown, _options.LoginName, _options.LoginNameIndex))
            : ExternalIdentity.NoCertificate;
    }

    public void StopListening() => _road.StopListening();

    public void Dispose() => _road.Dispose();

    private static SslServerAuthenticationOptions AuthenticationOf(TlsOptions options)
    {
        var authentication = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate, options.Intermediates, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (options.ClientAuthorities is not { } authorities)
            return authentication;
        authentication.ClientCertificateRequired = true;
        authentication.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, // Whom the machine trusts is not who may connect here.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        authentication.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        var mayComeWithout = !options.RequireClientCertificate;
        authentication.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None || (mayComeWithout && certificate is null && errors == SslPolicyErrors.RemoteCertificateNotAvailable);
        return authentication;
    }
}
