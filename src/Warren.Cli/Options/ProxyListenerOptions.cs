using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Warren.Broker;
using Warren.Cli.Running;

namespace Warren.Cli.Options;

/// <summary>The options of a broker behind a proxy that names its clients.</summary>
internal sealed class ProxyListenerOptions
{
    private readonly Option<bool> _isOn = new("--proxy-protocol")
    {
        Description = "Expects a PROXY protocol header (version 1 or 2) at the start of every connection, and takes its address for the client's",
    };

    private readonly Option<string[]> _trusted = new("--proxy-from")
    {
        Description = "With --proxy-protocol: refuses connections from elsewhere than this address or network; may be repeated",
        HelpName = "ADDRESS[/BITS]",
    };

    public void AddTo(Verb verb)
    {
        verb.Options.Add(_isOn);
        verb.Options.Add(_trusted);
    }

    /// <summary>Null when clients connect themselves.</summary>
    public ProxyProtocolOptions? Of(ParseResult line)
    {
        var trusted = line.GetValue(_trusted) ?? [];
        if (line.GetValue(_isOn))
            return new ProxyProtocolOptions { TrustedProxies = [.. trusted.Select(Network)] };
        return trusted.Length == 0 ? null : throw new ToolException(ExitCode.Usage, "--proxy-from needs --proxy-protocol. See 'warren broker --help'.");
    }

    private static IPNetwork Network(string text)
    {
        // "10" and "127.1" are addresses to some; who writes them mostly means something else.
        if (IPAddress.TryParse(text, out var address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }
        return IPNetwork.TryParse(text, out var network) && text.Contains('/', StringComparison.Ordinal) && !network.BaseAddress.IsIPv4MappedToIPv6
            ? network
            : throw new ToolException(ExitCode.Usage, $"--proxy-from is '{text}'; write an address such as 10.0.0.5 or a network such as 10.0.0.0/8. See 'warren broker --help'.");
    }
}
