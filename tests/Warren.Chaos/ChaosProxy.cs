using System.Net;
using System.Net.Sockets;

namespace Warren.Chaos;

/// <summary>A TCP relay in front of each node of a broker that hurts the connections through it.</summary>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Relayed> _connections = []; // Guarded by itself.

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

    /// <summary>Cuts all connections at once.</summary>
    public void Cut() => Each(connection => connection.Cut());

    /// <summary>Swallows what one side says for a while, then cuts: requests, confirms or replies that were sent and never came.</summary>
    public async Task SwallowAndCutAsync(bool fromBroker, TimeSpan time)
    {
        Each(connection => connection.Swallow(fromBroker));
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

    public ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
            listener.Stop();
        Cut();
        return default;
    }

    private void Each(Action<Relayed> act)
    {
        Relayed[] now;
        lock (_connections)
            now = [.. _connections];
        foreach (var connection in now)
            act(connection);
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
        var connection = new Relayed(client, broker);
        lock (_connections)
            _connections.Add(connection);
        await connection.RunAsync();
        lock (_connections)
            _connections.Remove(connection);
    }
}

/// <summary>One connection through the proxy.</summary>
internal sealed class Relayed(Socket client, Socket broker)
{
    private readonly Direction _toBroker = new();
    private readonly Direction _toClient = new();

    private sealed class Direction
    {
        public volatile bool Swallows;
        public volatile bool Stalls;
        public long OctetsLeft = long.MaxValue;
    }

    public Task RunAsync() => Task.WhenAll(PumpAsync(client, broker, _toBroker), PumpAsync(broker, client, _toClient));

    public void Cut()
    {
        client.Dispose();
        broker.Dispose();
    }

    public void Swallow(bool fromBroker) => Of(fromBroker).Swallows = true;

    public void CutAfter(bool fromBroker, int octets) => Volatile.Write(ref Of(fromBroker).OctetsLeft, octets);

    public void Stall(bool stalls) => _toBroker.Stalls = _toClient.Stalls = stalls;

    private Direction Of(bool fromBroker) => fromBroker ? _toClient : _toBroker;

    private async Task PumpAsync(Socket from, Socket to, Direction direction)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var received)
            {
                while (direction.Stalls)
                    await Task.Delay(5);
                if (direction.Swallows)
                    continue;
                var through = (int)Math.Min(received, Volatile.Read(ref direction.OctetsLeft));
                for (var sent = 0; sent < through;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, through - sent));
                if (through < received)
                    break;
                if (direction.OctetsLeft != long.MaxValue)
                    direction.OctetsLeft -= received;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut by somebody.
        }
        Cut();
    }
}
