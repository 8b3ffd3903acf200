using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Warren.Broker;

namespace Warren.Tests.Broker;

public sealed class IoLoopTests
{
    [Fact]
    public void A_client_that_connects_while_listening_stops_does_not_end_the_loop()
    {
        // The loop looked the closed listener up among its sockets, and fell over a descriptor that was beyond them: that ended the process.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll is Linux's");
        var others = Enumerable.Range(0, 100).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndPoint!);
        var bench = new BrokerBench();

        using (var road = new EpollRoad(bench.Turn, new Door(DescriptorRoom.OfThisProcess(), () => 0, NullLogger.Instance), threads: 1, spinTime: TimeSpan.Zero))
        {
            road.StopListening(); // Told first, and so seen first in the batch that has both.
            road.Start(listener);

            Assert.Throws<IOException>(() => client.GetStream().ReadByte()); // Reset by the listener's end.
        }
        foreach (var socket in others)
            socket.Dispose();
    }
}
