using System.Collections.Concurrent;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;

namespace Warren.Tests.Calls;

/// <summary>The broker in the box for one test, reached without a socket, with connections that can be cut.</summary>
internal sealed class BoxedBroker : IInProcessBroker, IAsyncDisposable
{
    private readonly WarrenBroker _broker;
    private readonly ConcurrentBag<InProcessConnection> _connections = [];

    private BoxedBroker(WarrenBroker broker) => _broker = broker;

    public static async Task<BoxedBroker> StartAsync(BrokerOptions? options = null) => new(await WarrenBroker.StartAsync(options ?? new BrokerOptions(), TestContext.Current.CancellationToken));

    public Task<Bus> ConnectAsync(BusOptions? options = null) =>
        Bus.ConnectAsync(this, (options ?? new BusOptions()) with { Reconnect = new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(1) } }, TestContext.Current.CancellationToken);

    public Task<AmqpConnection> ConnectClientAsync() =>
        AmqpConnection.ConnectAsync(new ConnectionOptions { InProcess = this }, TestContext.Current.CancellationToken);

    public IOctetPipe Connect(IOctetSink sink)
    {
        var connection = _broker.ConnectInProcess(octets => sink.Received(octets.Span), _ => sink.Closed());
        _connections.Add(connection);
        return new Pipe(connection);
    }

    /// <summary>Cuts every connection there is, as a network that fails.</summary>
    public void CutAll()
    {
        while (_connections.TryTake(out var connection))
            connection.Close();
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private sealed class Pipe(InProcessConnection connection) : IOctetPipe
    {
        public void Write(ReadOnlySpan<byte> octets) => connection.Write(octets);

        public void Close() => connection.Close();
    }
}
