using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Warren.Conformance.Fixtures;

/// <summary>Certificates in files, for programs and URIs.</summary>
public sealed class CertificateFiles : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("warren-certificates-").FullName;

    public CertificateFiles() => File.WriteAllText(Authority, _authority.Certificate.ExportCertificatePem());

    public string Authority => Path.Combine(_folder, "authority.pem");

    public X509Certificate2 AuthorityCertificate => _authority.Certificate;

    /// <summary>Makes a certificate for this name.</summary>
    public (string Certificate, string Key) Issue(string name)
    {
        using var certificate = _authority.Issue(name);
        var files = (Path.Combine(_folder, $"{name}.pem"), Path.Combine(_folder, $"{name}.key"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return files;
    }

    /// <summary>What a URI says of TLS.</summary>
    public string Query((string Certificate, string Key)? client = null)
    {
        var query = $"?cacertfile={Uri.EscapeDataString(Authority)}";
        return client is { } files ? $"{query}&certfile={Uri.EscapeDataString(files.Certificate)}&keyfile={Uri.EscapeDataString(files.Key)}" : query;
    }

    /// <summary>A port that was free a moment ago, for a RabbitMQ that cannot choose one itself.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _authority.Dispose();
    }
}
