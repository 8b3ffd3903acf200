using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Warren.Broker;

/// <summary>A second port of the broker, where clients come with TLS 1.2 or 1.3 (<c>amqps</c>).</summary>
public sealed record TlsOptions
{
    /// <summary>The TCP port, 0 to 65535; 0, the default, takes a free one (see <see cref="WarrenBroker.TlsEndPoint"/>).</summary>
    public int Port { get; init; }

    /// <summary>The broker's certificate, with its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Certificates between it and the authority that clients trust; they are sent along.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    /// <summary>
    /// The authorities whose certificates clients may show; null, the default, asks for none. One that is shown has to be right. Its owner may log in with the
    /// mechanism EXTERNAL as the user that <see cref="LoginName"/> finds in it, without a password; or as everywhere else, and then it names nobody.
    /// </summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>True when a client without a certificate of <see cref="ClientAuthorities"/> is refused.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>Which name in a client's certificate is its user's (mechanism EXTERNAL); the distinguished name by default, as in RabbitMQ.</summary>
    public CertificateName LoginName { get; init; }

    /// <summary>Of several alternative names of the same kind, which is the user's; 0, the default, for the first.</summary>
    public int LoginNameIndex { get; init; }

    /// <summary>Reads a certificate and its key from PEM files.</summary>
    /// <param name="certificateFile">The certificate, then those between it and its authority, if there are any.</param>
    /// <param name="keyFile">The private key, unencrypted; null when it stands in the first file.</param>
    /// <exception cref="CryptographicException">A file does not hold what it should.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TlsOptions FromPem(string certificateFile, string? keyFile = null)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        chain.RemoveAt(0);
        return new TlsOptions { Certificate = WithStoredKey(certificate), Intermediates = chain };
    }

    /// <summary>Reads a certificate, its key and those between it and its authority from a PKCS#12 file.</summary>
    /// <exception cref="CryptographicException">The file does not hold what it should, or the password is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TlsOptions FromPfx(string file, string? password = null)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        var own = all.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new CryptographicException($"'{file}' holds no certificate with a private key.");
        all.Remove(own);
        return new TlsOptions { Certificate = own, Intermediates = all };
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Port, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(LoginNameIndex, 0);
        if (!Enum.IsDefined(LoginName))
            throw new ArgumentOutOfRangeException(nameof(LoginName), LoginName, "It is no CertificateName.");
        if (!Certificate.HasPrivateKey)
            throw new ArgumentException("The certificate of BrokerOptions.Tls has no private key.");
        if (RequireClientCertificate && ClientAuthorities is not { Count: > 0 })
            throw new ArgumentException("BrokerOptions.Tls requires client certificates and names no authority for them: set ClientAuthorities.");
    }

    // A key that is only in memory cannot be used for TLS on Windows.
    private static X509Certificate2 WithStoredKey(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
