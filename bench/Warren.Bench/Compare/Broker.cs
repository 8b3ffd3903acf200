using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Warren.Bench.Peers;
using Warren.Bench.Roles;

namespace Warren.Bench.Compare;

/// <summary>A broker in its own process on a free loopback port, or one that runs already and is named by its URI.</summary>
internal sealed class Broker : IAsyncDisposable
{
    // Neither broker reads its input; this shell does, and stops the broker when its input ends: when we say so, or when we die.
    private const string UntilInputEnds = """ "$@" </dev/null & cat >/dev/null; kill -TERM $!; wait $! """;

    private readonly RoleProcess? _process;

    private Broker(Uri uri, string description, RoleProcess? process = null) => (Uri, Description, _process) = (uri, description, process);

    public Uri Uri { get; }

    /// <summary>Product and version, for the report.</summary>
    public string Description { get; }

    public static async Task<Broker> StartAsync(string name, string root)
    {
        switch (name)
        {
            case "relay":
                var (relay, relayUri) = await RoleProcess.StartAsync("Listening on", Environment.ProcessPath!, "relay");
                return new Broker(new Uri(relayUri), "bare TCP relay", relay);
            case "none": // The peer brings its own, in its process.
                return new Broker(new Uri("amqp://in-process/"), "Warren in the caller's process");
            case "rabbitmq":
                var script = Path.Combine(root, "tests", "rabbitmq", "rabbitmq.sh");
                var (rabbit, rabbitUri) = await RoleProcess.StartAsync("ready", "bash", script, "run", "sh", "-c", "echo ready $WARREN_URI; exec cat");
                return new Broker(new Uri(rabbitUri), await RabbitMqClientPeer.DescribeAsync(new Uri(rabbitUri)), rabbit);
            case "warren":
                var tool = await BuildWarrenAsync(root);
                string[] command = ["dotnet", tool, "broker", "--ephemeral", "--port", FreePort().ToString(CultureInfo.InvariantCulture)];
                var (warren, warrenUri) = await RoleProcess.StartAsync("Listening on", "sh", ["-c", UntilInputEnds, "sh", .. command]);
                return new Broker(new Uri(warrenUri), "Warren, this checkout", warren);
            default:
                var uri = new Uri(name);
                return new Broker(uri, await RabbitMqClientPeer.DescribeAsync(uri));
        }
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<string> BuildWarrenAsync(string root)
    {
        var project = Path.Combine(root, "src", "Warren.Cli");
        var (build, _) = await RoleProcess.StartAsync("built", "sh", "-c", """dotnet build "$1" -c Release -v q --nologo >&2 && echo built""", "sh", project);
        await build.DisposeAsync();
        return Path.Combine(project, "bin", "Release", "net10.0", "Warren.Cli.dll");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
