using System.Net;
using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Chaos;

/// <summary>A TCP relay in front of each node of a broker that hurts the connections through it.</summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Relayed> _connections = []; // Guarded by itself.
    private volatile CutPoint? _cutPoint;

    public ChaosProxy(IEnumerable<Uri> nodes)
    {
        foreach (var node in nodes)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _listeners.Add(listener);
            _ = AcceptAsync(listener, node);
        }
    }

    /// <summary>The broker's URI by way of the proxy, with all its nodes.</summary>
    public string Uri => $"amqp://guest:guest@{string.Join(',', _listeners.Select(listener => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"))}/";

    /// <summary>Where the next connection that comes there is cut; null when none is to be.</summary>
    public CutPoint? CutPoint
    {
        get => _cutPoint;
        private set => _cutPoint = value;
    }

    /// <summary>Cuts all connections at once.</summary>
    public void Cut() => Each(connection => connection.Cut());

    /// <summary>Swallows what one side says for a while, then cuts: requests, confirms or replies that were sent and never came.</summary>
    public async Task SwallowAndCutAsync(bool fromBroker, TimeSpan time)
    {
        Each(connection => connection.Mute(fromBroker));
        await Task.Delay(time);
        Cut();
    }

    /// <summary>Lets so many more octets through in one direction, and cuts in the middle of a frame.</summary>
    public void CutAfter(bool fromBroker, int octets) => Each(connection => connection.CutAfter(fromBroker, octets));

    /// <summary>Stops relaying for a while, and goes on.</summary>
    public async Task StallAsync(TimeSpan time)
    {
        Each(connection => connection.Stall(true));
        await Task.Delay(time);
        Each(connection => connection.Stall(false));
    }

    /// <summary>
    /// Cuts the connection that comes first to this step of a call, before or after its message. False when none came to it before the run was over.
    /// </summary>
    public async Task<bool> CutAtAsync(bool fromBroker, MethodId method, bool after, Task runOver)
    {
        var point = new CutPoint(fromBroker, method, after);
        CutPoint = point;
        await Task.WhenAny(point.Reached, runOver);
        CutPoint = null;
        return point.Reached.IsCompleted;
    }

    /// <summary>Deletes the queues that are consumed over these connections.</summary>
    public Task DeleteConsumedQueuesAsync() => EachAsync(connection => connection.DeleteConsumedQueuesAsync());

    /// <summary>Cancels all consumers of these connections.</summary>
    public Task CancelConsumersAsync() => EachAsync(connection => connection.CancelConsumersAsync());

    public ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
            listener.Stop();
        Cut();
        return default;
    }

    private void Each(Action<Relayed> act)
    {
        foreach (var connection in Connections())
            act(connection);
    }

    private Task EachAsync(Func<Relayed, Task> act) => Task.WhenAll(Connections().Select(act));

    private Relayed[] Connections()
    {
        lock (_connections)
            return [.. _connections];
    }

    private async Task AcceptAsync(TcpListener listener, Uri node)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = RelayAsync(client, node);
        }
    }

    private async Task RelayAsync(Socket client, Uri node)
    {
        var broker = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await broker.ConnectAsync(node.Host, node.Port);
        }
        catch (SocketException)
        {
            client.Dispose(); // The broker is down.
            broker.Dispose();
            return;
        }
        var connection = new Relayed(this, client, broker);
        lock (_connections)
            _connections.Add(connection);
        await connection.RunAsync();
        lock (_connections)
            _connections.Remove(connection);
    }
}
