using System.Net;
using System.Net.Sockets;

namespace Warren.Bench.Peers;

/// <summary>
/// The limit: no protocol at all. Two octets go client -> relay -> server -> relay -> client over blocking sockets, one
/// call at a time, as they must go through any broker. Its "broker" is <see cref="Relay"/>.
/// </summary>
internal sealed class RelayPeer : IPeer
{
    public string Name => "relay";

    public Task<ICaller> ConnectCallerAsync(Uri broker) => Task.FromResult<ICaller>(new Caller(Connect(broker, Relay.ClientSide)));

    public Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var socket = Connect(broker, Relay.ServerSide);
        var thread = new Thread(() => Relay.Copy(socket, socket)) { IsBackground = true };
        thread.Start();
        return Task.FromResult<IAsyncDisposable>(new Connection(socket));
    }

    // One asynchronous operation, and .NET on Unix takes a socket's later blocking calls through epoll and a second thread.
    private static Socket Connect(Uri broker, byte side)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Parse(broker.Host), broker.Port);
        socket.Send([side]);
        return socket;
    }

    private class Connection(Socket socket) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Caller(Socket socket) : Connection(socket), ICaller
    {
        private readonly Socket _socket = socket;
        private readonly byte[] _reply = new byte[64];
        private int _received;

        public Task CallAsync(ReadOnlyMemory<byte> body)
        {
            _socket.Send(body.Span);
            _received = 0;
            while (_received < body.Length)
            {
                var count = _socket.Receive(_reply.AsSpan(_received));
                if (count == 0) throw new EndOfStreamException("the relay closed the connection");
                _received += count;
            }

            return Task.CompletedTask;
        }

        public int ReplyOctets(Task call) => _received;
    }
}
