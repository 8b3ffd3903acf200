using System.Net;
using System.Net.Sockets;

namespace Warren.Bench.Peers;

/// <summary>The middle of the relay: what it receives on one side it sends on the other, a blocking thread for each way.</summary>
internal static class Relay
{
    public const byte ClientSide = (byte)'C';
    public const byte ServerSide = (byte)'S';

    /// <summary>Joins one client and one server, and prints where it listens, as every broker of the comparison does.</summary>
    public static void Run()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Console.WriteLine($"Listening on tcp://{listener.LocalEndPoint}/");

        Socket? client = null, server = null;
        while (client is null || server is null)
        {
            var socket = listener.Accept();
            socket.NoDelay = true;
            var side = new byte[1];
            socket.ReceiveExactly(side);
            if (side[0] == ClientSide) client = socket;
            else server = socket;
        }

        var back = new Thread(() => Copy(server, client)) { IsBackground = true };
        back.Start();
        Copy(client, server);
    }

    public static void Copy(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = from.Receive(buffer)) > 0;) to.Send(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side has ended, and so does this one.
        }
    }

    private static void ReceiveExactly(this Socket socket, Span<byte> octets)
    {
        if (socket.Receive(octets) != octets.Length) throw new EndOfStreamException("the connection ended before it said what it is");
    }
}
