using System.CommandLine;
using System.Net.Sockets;
using System.Net;
using Microsoft.Extensions.Logging;
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
        var memoryLimit = new SizeOption("--memory-limit", "Publishers wait while the broker holds so much in memory [default: 0.4 of the memory]");
        var diskLimit = new SizeOption("--disk-limit", "Publishers wait while less is free on the disk of the data folder; 0 does not look [default: 50MB]");
        var definitions = new Option<string?>("--definitions")
        {
            Description = "A file of definitions to start with, RabbitMQ's or Warren's; one that names users takes the place of guest",
            HelpName = "FILE",
        };
        var saveDefinitions = new Option<string?>("--save-definitions") { Description = "Write everything that is defined into this file when the broker stops", HelpName = "FILE" };
        var stampTimestamp = new StampingOption("--stamp-timestamp", "Write the time of arrival into every message: header timestamp_in_ms, property timestamp");
        var stampNode = new StampingOption("--stamp-node", "Write the broker's name into every message: header x-routed-by");
        var data = new DataOptions();
        var tls = new TlsListenerOptions();
        var proxies = new ProxyListenerOptions();
        var profile = new ProfileOption();
        var verb = new Verb("broker", "Runs a broker until Ctrl+C or SIGTERM. What is durable is kept in a folder. User guest, password guest, from this machine only.")
        {
            Examples =
            [
                "warren broker",
                "warren broker --port 0            # a free port; read it from the line it prints",
                "warren broker --data /var/lib/warren",
                "warren broker --ephemeral         # keeps nothing",
                "warren broker --bind 0.0.0.0 --port 5673",
                "warren broker --as 3.13           # behaves as RabbitMQ 3.13 where releases differ",
                "warren broker --memory-limit 512MiB",
                "warren broker --definitions definitions.json --save-definitions definitions.json",
                "warren broker --tls-port 5671 --tls-cert broker.pem --tls-key broker.key",
                "warren broker --tls-cert broker.pem --tls-client-ca ca.pem --tls-login-from common_name",
                "warren broker --bind 0.0.0.0 --proxy-protocol --proxy-from 10.0.0.5",
            ],
        };
        verb.Options.Add(port);
        data.AddTo(verb);
        verb.Options.Add(bind);
        verb.Options.Add(profile);
        verb.Options.Add(memoryLimit);
        verb.Options.Add(diskLimit);
        verb.Options.Add(definitions);
        verb.Options.Add(saveDefinitions);
        verb.Options.Add(stampTimestamp);
        verb.Options.Add(stampNode);
        tls.AddTo(verb);
        proxies.AddTo(verb);
        verb.SetAction((line, stopping) => RunAsync(terminal, OptionsOf(line), line.GetValue(saveDefinitions), stopping));
        return verb;

        BrokerOptions OptionsOf(ParseResult line)
        {
            var options = new BrokerOptions
            {
                Port = line.GetValue(port),
                BindAddress = line.GetValue(bind)!,
                Profile = line.GetValue(profile) ?? Warren.Engine.Profile.V42,
                MemoryLimit = line.GetValue(memoryLimit),
                Tls = tls.Of(line),
                StampTimestamp = line.GetValue(stampTimestamp),
                StampNode = line.GetValue(stampNode),
                ProxyProtocol = proxies.Of(line),
                DataFolder = data.FolderOf(line),
                LoggerFactory = LogOf(terminal),
                Definitions = line.GetValue(definitions) is { } file ? DefinitionsFile.Read(file) : null,
            };
            var freeOctets = line.GetValue(diskLimit) ?? options.DiskLimit;
            return freeOctets == 0 ? options with { DiskLimit = 0 } : options with { DiskFolder = options.DataFolder ?? Environment.CurrentDirectory, DiskLimit = freeOctets };
        }
    }

    private static async Task<int> RunAsync(Terminal terminal, BrokerOptions options, string? saveTo, CancellationToken stopping)
    {
        if (saveTo is not null)
            DefinitionsFile.CheckFolder(saveTo); // Not at the end, when everything would be lost.
        await using var broker = await StartAsync(options, stopping);
        // The first line, and what it says, never change: whoever started this process waits for it.
        var also = options.Tls is null ? "" : $" and amqps://{Reachable(broker.TlsEndPoint)}/";
        await terminal.Out.WriteLineAsync($"Listening on amqp://{Reachable(broker.EndPoint)}/{also}");
        if (options.DataFolder is { } folder)
            await terminal.Out.WriteLineAsync($"Data in {folder}");
        await terminal.Out.FlushAsync(CancellationToken.None);
        await Stopping.UntilAsync(broker.Completion, stopping);
        if (saveTo is not null)
            DefinitionsFile.Write(saveTo, broker.Definitions.Export());
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
            var endpoint = options.Tls is { } tls ? $"{options.BindAddress}, port {options.Port} or {tls.Port}" : $"{new IPEndPoint(options.BindAddress, options.Port)}";
            throw new ToolException(ExitCode.Network, e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Cannot listen on {endpoint}: the port is in use. Stop the other program or choose another port with --port (0 takes a free one).",
                SocketError.AddressNotAvailable => $"Cannot listen on {endpoint}: the address is not this machine's. Choose another with --bind.",
                SocketError.AccessDenied => $"Cannot listen on {endpoint}: not permitted. Choose a port from 1024 with --port.",
                _ => $"Cannot listen on {endpoint}: {e.Message}.",
            });
        }
    }

    // Of what happens on the disk and to the whole broker, and of its own failures; nothing of what single connections do.
    private static WarningLog LogOf(Terminal terminal)
    {
        var log = new WarningLog(terminal.Error, static id => id.Id is 10 or 11 or 12 or 13 or 14 or 16 or 19 or 22 or (>= 30 and < 40), LogLevel.Information);
        log.Open();
        return log;
    }

    // A client cannot connect to "any address".
    private static IPEndPoint Reachable(IPEndPoint endPoint) =>
        endPoint.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, endPoint.Port)
        : endPoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, endPoint.Port)
        : endPoint;
}
