using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Warren.Broker;
using Warren.Cli.Options;
using Warren.Cli.Running;

namespace Warren.Cli.Verbs;

/// <summary><c>warren broker</c>: a broker until it is stopped.</summary>
internal static class BrokerVerb
{
    public static Command Create(Terminal terminal)
    {
        var port = NumberOption.Create("--port", "The TCP port; 0 takes a free one", 5672, 0, ushort.MaxValue);
        var bind = new Option<IPAddress>("--bind")
        {
            Description = "The address to listen on; 0.0.0.0 or :: for every one",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (IPAddress.TryParse(text, out var address))
                    return address;
                result.AddError($"--bind is '{text}'; write an IP address of this machine, such as 127.0.0.1 or 0.0.0.0");
                return IPAddress.Loopback;
            },
        };
        var verb = new Verb("broker", "Runs a broker until Ctrl+C or SIGTERM. What it holds lives in memory. User guest, password guest, from this machine only.")
        {
            Examples =
            [
                "warren broker",
                "warren broker --port 0            # a free port; read it from the line it prints",
                "warren broker --bind 0.0.0.0 --port 5673",
            ],
        };
        verb.Options.Add(port);
        verb.Options.Add(bind);
        verb.SetAction((line, stopping) => RunAsync(terminal, new BrokerOptions { Port = line.GetValue(port), BindAddress = line.GetValue(bind)! }, stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, BrokerOptions options, CancellationToken stopping)
    {
        await using var broker = await StartAsync(options, stopping);
        // One line and no other: whoever started this process waits for it.
        await terminal.Out.WriteLineAsync($"Listening on amqp://{new IPEndPoint(Reachable(broker.EndPoint.Address), broker.Port)}/");
        await terminal.Out.FlushAsync(CancellationToken.None);
        await Stopping.UntilAsync(stopping);
        return ExitCode.Ok; // Being stopped is how a broker ends.
    }

    private static async Task<WarrenBroker> StartAsync(BrokerOptions options, CancellationToken stopping)
    {
        try
        {
            return await WarrenBroker.StartAsync(options, stopping);
        }
        catch (SocketException e)
        {
            var endpoint = new IPEndPoint(options.BindAddress, options.Port);
            throw new ToolException(ExitCode.Network, e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Cannot listen on {endpoint}: the port is in use. Stop the other program or choose another port with --port (0 takes a free one).",
                SocketError.AddressNotAvailable => $"Cannot listen on {endpoint}: the address is not this machine's. Choose another with --bind.",
                SocketError.AccessDenied => $"Cannot listen on {endpoint}: not permitted. Choose a port from 1024 with --port.",
                _ => $"Cannot listen on {endpoint}: {e.Message}.",
            });
        }
    }

    // A client cannot connect to "any address".
    private static IPAddress Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
        : address;
}
