using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Warren.Conformance.Fixtures;

/// <summary>
/// A real RabbitMQ on its own loopback port and data folder, started by tests/rabbitmq/rabbitmq.sh. Tests that stop, restart
/// or kill it start their own; all others share the one of <see cref="SharedRabbitMq"/>.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private const string NotInstalled = "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server), nothing to compare with";

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "rabbitmq", "rabbitmq.sh");
    private static readonly TimeSpan StartingTime = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan StoppingTime = TimeSpan.FromSeconds(60);

    private readonly string _dataFolder = Directory.CreateTempSubdirectory("warren-rabbitmq-").FullName;
    private RunningProgram? _program;

    private RabbitMqServer()
    {
    }

    /// <summary>The same for the whole life of this object, restarts included.</summary>
    public Uri Uri { get; private set; } = null!;

    /// <summary>Where its HTTP API listens; null when it has none.</summary>
    public Uri? Management { get; private set; }

    public static bool IsInstalled { get; } = OperatingSystem.IsLinux()
        && (File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server") || Need.HasCommand("rabbitmq-server")) && Need.HasCommand("epmd");

    /// <summary>Skips the running test, or fails it on the build machine, where RabbitMQ is not installed.</summary>
    public static void Require() => Need.Of(IsInstalled, NotInstalled);

    /// <summary>Starts one with its HTTP API.</summary>
    public static async Task<RabbitMqServer> StartWithManagementAsync()
    {
        var port = FreePort();
        var server = await StartAsync($"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n", "rabbitmq_management");
        server.Management = new Uri($"http://guest:guest@127.0.0.1:{port}");
        return server;
    }

    /// <param name="configuration">Lines of rabbitmq.conf.</param>
    /// <param name="plugin">A plugin to run with.</param>
    public static async Task<RabbitMqServer> StartAsync(string configuration = "", string plugin = "")
    {
        Require();
        var server = new RabbitMqServer();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(server._dataFolder, "rabbitmq.conf"), configuration);
            await File.WriteAllTextAsync(Path.Combine(server._dataFolder, "enabled_plugins"), $"[{plugin}].\n");
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it in order (a close frame to every connection), and starts it again on the same port and data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await LaunchAsync();
    }

    /// <summary>Runs rabbitmqctl, and fails with its output when it does.</summary>
    /// <returns>What it prints.</returns>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        await using var control = RunningProgram.Start("bash", [Path.Combine(_dataFolder, "control"), .. arguments]);
        var code = await control.WaitForExitAsync(StoppingTime);
        if (code != 0)
            throw new InvalidOperationException($"rabbitmqctl {arguments[0]} ended with {code}: {control.Output}");
        return control.Output;
    }

    public async Task StopAsync()
    {
        if (_program is null) return;
        _program.CloseInput();
        await _program.WaitForExitAsync(StoppingTime);
        await _program.DisposeAsync();
        _program = null;
    }

    /// <summary>Ends it by signal 9, as a crash would; <see cref="RestartAsync"/> brings it back.</summary>
    public async Task KillAsync()
    {
        if (_program is null) return;
        await _program.DisposeAsync();
        _program = null;
    }

    /// <summary>
    /// Waits until the quorum queues whose names begin so are in the files that RabbitMQ finds its quorum queues by. It writes them some time after declare-ok: a
    /// queue that is not there yet when RabbitMQ is killed exists afterwards without a leader, and a channel that publishes to it stands still for a minute (3.10.8).
    /// </summary>
    public async Task UntilQuorumQueueIsOnDiskAsync(string namePrefix)
    {
        var id = System.Text.Encoding.ASCII.GetBytes($"2F_{namePrefix[..3].ToUpperInvariant()}"); // What RabbitMQ's raft makes of the name.
        foreach (var file in new[] { "names.dets", "meta.dets" })
        {
            while (!Directory.GetFiles(Path.Combine(_dataFolder, "mnesia"), file, SearchOption.AllDirectories).Any(path => ReadShared(path).AsSpan().IndexOf(id) >= 0))
                await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    // Below the range of ephemeral ports, where an outgoing connection of the next moment cannot take it.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var octets = new byte[file.Length];
        return octets[..file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)];
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_dataFolder, recursive: true);
    }

    private async Task LaunchAsync()
    {
        List<string> arguments = [Script, "--data", _dataFolder];
        if (Uri is not null) arguments.AddRange(["--port", Uri.Port.ToString(CultureInfo.InvariantCulture)]);

        // The script stops RabbitMQ when its command ends, and cat ends with its input: when we close it or when we die.
        arguments.AddRange(["run", "sh", "-c", "echo \"ready $WARREN_URI\"; exec cat"]);
        _program = RunningProgram.Start("bash", arguments);
        await _program.WaitForOutputAsync("ready amqp", atMost: StartingTime);
        Uri = new Uri(_program.Output.Split("ready ")[1].Trim());
    }
}
