using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Warren.Client;

/// <summary>
/// Reads AMQP URIs. <see cref="Uri"/> cannot: it knows one host only, and takes a vhost of <c>%2f</c> for a path.
/// </summary>
internal static class AmqpUri
{
    private const string Shape = "Write amqp://user:password@host:port/vhost, for example amqp://guest:guest@localhost:5672/";

    public static ConnectionOptions Parse(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var scheme = uri.StartsWith("amqps://", StringComparison.OrdinalIgnoreCase) ? "amqps"
            : uri.StartsWith("amqp://", StringComparison.OrdinalIgnoreCase) ? "amqp"
            : throw new FormatException($"'{Redact(uri)}' is not an AMQP URI: it does not start with amqp:// or amqps://. {Shape}.");
        var rest = uri[(scheme.Length + 3)..];
        var query = Cut(ref rest, '?') ?? "";
        var vhost = Cut(ref rest, '/');
        var at = rest.LastIndexOf('@');
        var credentials = at < 0 ? null : rest[..at];
        var options = new ConnectionOptions
        {
            Endpoints = [.. rest[(at + 1)..].Split(',').Select(host => ParseEndpoint(host, scheme == "amqps" ? 5671 : 5672))],
            VirtualHost = string.IsNullOrEmpty(vhost) ? "/" : ParseVirtualHost(vhost),
            Tls = scheme == "amqps" ? new SslClientAuthenticationOptions() : null,
        };
        return ApplyQuery(ApplyCredentials(options, credentials), query);
    }

    private static ConnectionOptions ApplyCredentials(ConnectionOptions options, string? credentials)
    {
        if (credentials is null)
            return options;
        var password = Cut(ref credentials, ':');
        return options with { UserName = Uri.UnescapeDataString(credentials), Password = password is null ? "guest" : Uri.UnescapeDataString(password) };
    }

    private static ConnectionOptions ApplyQuery(ConnectionOptions options, string query)
    {
        var values = new Dictionary<string, string>();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = part;
            var value = Uri.UnescapeDataString(Cut(ref name, '=') ?? "");
            if (!values.TryAdd(name, value) && name == "auth_mechanism") // The name is what Cut left of the part.
                throw new FormatException("auth_mechanism stands twice in the AMQP URI; write the one that shall be used.");
            values[name] = value;
        }
        foreach (var (name, value) in values)
            options = Apply(options, name, value, values.GetValueOrDefault("keyfile"));
        return options;
    }

    private static ConnectionOptions Apply(ConnectionOptions options, string name, string value, string? keyFile) => name switch
    {
        "heartbeat" => options with { Heartbeat = TimeSpan.FromSeconds(Number(name, value, 0, ushort.MaxValue)) },
        "connection_timeout" => options with { ConnectTimeout = TimeSpan.FromMilliseconds(Number(name, value, 1, int.MaxValue)) },
        "channel_max" => options with { ChannelMax = Number(name, value, 1, ushort.MaxValue) },
        "frame_max" => options with { FrameMax = Number(name, value, 4096, int.MaxValue) },
        "name" => options with { ConnectionName = value },
        "auth_mechanism" => options with { LoginMechanism = Mechanism(value, isTls: options.Tls is not null) },
        "cacertfile" => WithTls(options, name, tls => TrustOnly(tls, value)),
        "certfile" => WithTls(options, name, tls => tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(value, keyFile)]),
        "keyfile" => options, // Read together with certfile.
        "server_name_indication" => WithTls(options, name, tls => tls.TargetHost = value),
        "verify" when value == "verify_peer" => options,
        "verify" => throw new FormatException(
            "verify: a URI cannot switch the verification of certificates off. Use cacertfile=FILE to trust your own authority, or set ConnectionOptions.Tls in code."),
        _ => throw new FormatException(
            $"Unknown option '{name}' in the AMQP URI. Known: heartbeat, connection_timeout, channel_max, frame_max, name, auth_mechanism, cacertfile, certfile, keyfile, server_name_indication, verify."),
    };

    private static LoginMechanism Mechanism(string value, bool isTls) => value.ToUpperInvariant() switch
    {
        "PLAIN" => LoginMechanism.Plain,
        "EXTERNAL" when isTls => LoginMechanism.External,
        "EXTERNAL" => throw new FormatException("auth_mechanism=external is for TLS only: it logs in with a certificate. Write amqps:// instead of amqp://."),
        _ => throw new FormatException($"auth_mechanism in the AMQP URI is '{value}'; write plain or external."),
    };

    private static ConnectionOptions WithTls(ConnectionOptions options, string name, Action<SslClientAuthenticationOptions> set)
    {
        if (options.Tls is null)
            throw new FormatException($"{name} is for TLS only. Write amqps:// instead of amqp://.");
        set(options.Tls);
        return options;
    }

    private static void TrustOnly(SslClientAuthenticationOptions tls, string file)
    {
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(file);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(trusted);
        tls.CertificateChainPolicy = policy;
    }

    private static AmqpEndpoint ParseEndpoint(string text, int defaultPort)
    {
        var host = text;
        string? port = null;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']');
            if (end < 0)
                throw new FormatException($"'{text}' is not a host: the bracket of an IPv6 address is not closed.");
            host = text[1..end];
            port = text.Length > end + 1 && text[end + 1] == ':' ? text[(end + 2)..] : null;
        }
        else if (text.Contains(':'))
            port = Cut(ref host, ':');
        if (host.Length == 0)
            host = "localhost";
        return new AmqpEndpoint(Uri.UnescapeDataString(host), string.IsNullOrEmpty(port) ? defaultPort : Number("port", port, 1, 65535));
    }

    private static string ParseVirtualHost(string text) => text.Contains('/')
        ? throw new FormatException($"'{text}' is not a virtual host: write a slash in its name as %2f.")
        : Uri.UnescapeDataString(text);

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name} in the AMQP URI is '{value}'; write a whole number from {least} to {most}.");

    // Leaves what stands before the separator; returns what stands after it, or null without one.
    private static string? Cut(ref string text, char separator)
    {
        var at = text.IndexOf(separator);
        if (at < 0)
            return null;
        var after = text[(at + 1)..];
        text = text[..at];
        return after;
    }

    private static string Redact(string uri)
    {
        var at = uri.LastIndexOf('@');
        return at < 0 ? uri : "..." + uri[at..];
    }
}
