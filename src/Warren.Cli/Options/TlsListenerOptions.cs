using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Warren.Broker;
using Warren.Cli.Running;

namespace Warren.Cli.Options;

/// <summary>The options of a port with TLS.</summary>
internal sealed class TlsListenerOptions
{
    // RabbitMQ's words of ssl_cert_login_from, and of ssl_cert_login_san_type for what is a subject_alternative_name there.
    private static readonly (string Name, CertificateName Value)[] Names =
    [
        ("distinguished_name", CertificateName.Distinguished),
        ("common_name", CertificateName.Common),
        ("dns", CertificateName.Dns),
        ("email", CertificateName.Email),
        ("uri", CertificateName.Uri),
        ("ip", CertificateName.IPAddress),
        ("other_name", CertificateName.Other),
    ];

    private readonly Option<int> _port = NumberOption.Create("--tls-port", "The TCP port for TLS, when --tls-cert is given; 0 takes a free one", 5671, 0, ushort.MaxValue);

    private readonly Option<string?> _certificate = FileOption("--tls-cert", "Listens with TLS too: the certificate and those above it (PEM), or a PKCS#12 file without password");

    private readonly Option<string?> _key = FileOption("--tls-key", "The certificate's private key (PEM), when it is a file of its own");

    private readonly Option<string?> _clientAuthorities = FileOption("--tls-client-ca", "Refuses clients on the TLS port that show no certificate of these authorities (PEM); users log in with it by EXTERNAL");

    private readonly Option<string?> _loginFrom = new("--tls-login-from")
    {
        Description = "Which name in a client's certificate is the user's: " + string.Join(", ", Names.Select(static entry => entry.Name)) + " [default: distinguished_name]",
        HelpName = "NAME",
    };

    public void AddTo(Verb verb)
    {
        verb.Options.Add(_certificate);
        verb.Options.Add(_key);
        verb.Options.Add(_port);
        verb.Options.Add(_clientAuthorities);
        _loginFrom.AcceptOnlyFromAmong([.. Names.Select(static entry => entry.Name)]);
        verb.Options.Add(_loginFrom);
    }

    /// <summary>Null without a certificate.</summary>
    public TlsOptions? Of(ParseResult line)
    {
        if (line.GetValue(_certificate) is not { } file)
        {
            var alone = line.GetValue(_key) is not null ? "--tls-key" : line.GetValue(_clientAuthorities) is not null ? "--tls-client-ca" : null;
            alone ??= line.GetValue(_loginFrom) is not null ? "--tls-login-from" : null;
            return alone is null ? null : throw new ToolException(ExitCode.Usage, $"{alone} needs --tls-cert: without a certificate there is no TLS. See 'warren broker --help'.");
        }
        try
        {
            var isPem = line.GetValue(_key) is not null || File.ReadAllText(file).Contains("-----BEGIN", StringComparison.Ordinal);
            var options = isPem ? TlsOptions.FromPem(file, line.GetValue(_key)) : TlsOptions.FromPfx(file);
            options = options with { Port = line.GetValue(_port), LoginName = LoginName(line) };
            return line.GetValue(_clientAuthorities) is { } authorities
                ? options with { ClientAuthorities = Read(authorities), RequireClientCertificate = true }
                : options;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ToolException(ExitCode.Usage, $"The certificate cannot be used: {e.Message} See 'warren broker --help'.");
        }
    }

    private CertificateName LoginName(ParseResult line)
    {
        if (line.GetValue(_loginFrom) is not { } name)
            return CertificateName.Distinguished;
        return line.GetValue(_clientAuthorities) is not null
            ? Names.First(entry => entry.Name == name).Value
            : throw new ToolException(ExitCode.Usage, "--tls-login-from needs --tls-client-ca: without authorities nobody shows a certificate. See 'warren broker --help'.");
    }

    private static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException($"'{file}' holds no certificate.");
    }

    private static Option<string?> FileOption(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
