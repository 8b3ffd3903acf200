using System.Net;
using System.Net.Sockets;

namespace Warren.Conformance.Fixtures;

/// <summary>A TCP relay in front of a broker: a test can cut its connections, refuse new ones, and hold back what either side says.</summary>
public sealed class CutRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly List<Socket> _sockets = []; // Guarded by itself.
    private volatile bool _refuses;
    private volatile bool _holdsBroker;
    private volatile bool _holdsClient;

    private CutRelay(Uri target) => _target = target;

    /// <summary>The broker's URI, by way of the relay.</summary>
    public string Uri => $"amqp://guest:guest@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public static Task<CutRelay> StartAsync(Uri target)
    {
        var relay = new CutRelay(target);
        relay._listener.Start();
        _ = relay.AcceptAsync();
        return Task.FromResult(relay);
    }

    /// <summary>Cuts every connection there is; new ones are welcome.</summary>
    public void CutAll()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets)
                socket.Dispose();
            _sockets.Clear();
        }
    }

    /// <summary>As long as it is true, every new connection ends at once: a broker that is down.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>As long as it is true, what the broker says is swallowed.</summary>
    public bool SwallowsBroker
    {
        get => _holdsBroker;
        set => _holdsBroker = value;
    }

    /// <summary>As long as it is true, what the client says is swallowed: with the other one, a half-open connection.</summary>
    public bool SwallowsClient
    {
        get => _holdsClient;
        set => _holdsClient = value;
    }

    /// <summary>The broker goes away: connections are cut, and new ones refused until <see cref="Refuses"/> is false again.</summary>
    public void GoDown()
    {
        Refuses = true;
        CutAll();
    }

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        CutAll();
        return default;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            if (_refuses)
            {
                client.Dispose();
                continue;
            }
            var broker = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await broker.ConnectAsync(_target.Host, _target.Port);
            lock (_sockets)
                _sockets.AddRange([client, broker]);
            _ = PumpAsync(client, broker, () => _holdsClient);
            _ = PumpAsync(broker, client, () => _holdsBroker);
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<bool> swallows)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var received)
            {
                for (var sent = swallows() ? received : 0; sent < received;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, received - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
        from.Dispose();
        to.Dispose();
    }
}
