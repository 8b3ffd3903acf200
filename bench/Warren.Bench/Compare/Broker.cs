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
    private const string UntilInputEnds = """ "$@" </dev/null & cat >/dev/null; kill -TERM $! 2>/dev/null; wait $! """;

    private readonly RoleProcess? _process;

    private Broker(Uri uri, string description, RoleProcess? process = null) => (Uri, Description, _process) = (uri, description, process);

    public Uri Uri { get; }

    /// <summary>Product and version, for the report.</summary>
    public string Description { get; }

    /// <summary>Starts a broker.</summary>
    /// <param name="name">relay, none, rabbitmq, warren or an amqp:// URI.</param>
    /// <param name="root">The checkout.</param>
    /// <param name="data">The folder where it keeps what is durable; null for one of RabbitMQ's own, and for a Warren that keeps nothing.</param>
    /// <param name="under">The program, with its arguments, that Warren is run by; none for Warren alone.</param>
    public static async Task<Broker> StartAsync(string name, string root, string? data = null, params string[] under)
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
                var (rabbit, rabbitUri) = await RoleProcess.StartAsync("ready", "bash", [script, .. data is null ? (string[])[] : ["--data", data], "run", "sh", "-c", "echo ready $WARREN_URI; exec cat"]);
                return new Broker(new Uri(rabbitUri), await RabbitMqClientPeer.DescribeAsync(new Uri(rabbitUri)), rabbit);
            case "warren":
                return await StartWarrenAsync(await BuildWarrenAsync(root), data, null, under);
            default:
                var uri = new Uri(name);
                return new Broker(uri, await RabbitMqClientPeer.DescribeAsync(uri));
        }
    }

    /// <summary>Starts Warren; returns when it accepts connections.</summary>
    /// <param name="tool">What <see cref="BuildWarrenAsync"/> has built.</param>
    /// <param name="data">The folder where it keeps what is durable; null for none.</param>
    /// <param name="memoryLimit">Its limit, such as 1GiB; null for its own.</param>
    /// <param name="under">The program, with its arguments, that it is run by; none for Warren alone.</param>
    public static async Task<Broker> StartWarrenAsync(string tool, string? data, string? memoryLimit = null, params string[] under)
    {
        string[] keeping = data is null ? ["--ephemeral"] : ["--data", data];
        string[] limit = memoryLimit is null ? [] : ["--memory-limit", memoryLimit];
        string[] command = [.. under, "dotnet", tool, "broker", .. keeping, .. limit, "--port", FreePort().ToString(CultureInfo.InvariantCulture)];
        var (warren, uri) = await RoleProcess.StartAsync("Listening on", "sh", ["-c", UntilInputEnds, "sh", .. command]);
        return new Broker(new Uri(uri), "Warren, this checkout", warren);
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Builds Warren's tool from this checkout; returns its path.</summary>
    public static async Task<string> BuildWarrenAsync(string root)
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
