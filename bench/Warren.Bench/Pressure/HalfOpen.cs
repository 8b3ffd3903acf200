using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Warren.Amqp;
using Warren.Bench.Scale;

namespace Warren.Bench.Pressure;

/// <summary>
/// V28: connections that do not log in. A third say nothing, a third send the protocol header, a third send it and all but the last octet of a frame of 8 KiB. They
/// come from a hundred addresses of 127.0.0.0/8, since each address may have a thousand.
/// </summary>
internal static class HalfOpen
{
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(5); // Within the ten that a handshake may take.

    public static string Measure(IPEndPoint broker, BrokerProcess resident, int count)
    {
        using var bystanders = new Bystanders(broker);
        var calm = bystanders.Watch(Watched);
        var before = resident.Octets;
        var sockets = new List<Socket>();
        try
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) sockets.Add(Open(broker, i));
            var opening = Stopwatch.GetElapsedTime(start);
            var crowded = bystanders.Watch(Watched);
            var during = resident.Octets;
            var left = sockets.Count(socket => !IsAtEnd(socket));
            var ends = UntilAllEnd(sockets, start);

            var text = new StringBuilder();
            text.AppendLine(CultureInfo.InvariantCulture, $"## V28: {count:N0} connections that do not log in").AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"Opened within {opening.TotalSeconds:N1} s; {left:N0} were still there {Watched.TotalSeconds:N0} s later (the broker keeps 4,000 at most), and none {ends.TotalSeconds:N1} s after the first.");
            text.AppendLine(CultureInfo.InvariantCulture, $"Memory: {before / 1048576.0:N1} MiB before, {during / 1048576.0:N1} MiB with them: {(during - before) / (double)Math.Max(1, left):N0} octets each.").AppendLine();
            text.AppendLine("| clients at work | times | median, ms | p99, ms | worst, ms |").AppendLine("|---|---:|---:|---:|---:|");
            text.AppendLine($"| login, before | {calm.Logins.Columns()} |");
            text.AppendLine($"| login, meanwhile | {crowded.Logins.Columns()} |");
            text.AppendLine($"| message there and back, before | {calm.RoundTrips.Columns()} |");
            text.AppendLine($"| message there and back, meanwhile | {crowded.RoundTrips.Columns()} |");
            return text.ToString();
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    private static Socket Open(IPEndPoint broker, int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(new IPAddress([127, 1, 0, (byte)(1 + (number % 100))]), 0));
        socket.Connect(broker);
        if (number % 3 > 0) socket.Send(FrameBuffer.ProtocolHeader);
        if (number % 3 > 1) socket.Send((byte[])[1, 0, 0, 0, 0, 0x1F, 0xF8, .. new byte[8184]]);
        return socket;
    }

    // What the broker has sent is read; at the end, or after a reset, there is no more.
    private static bool IsAtEnd(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                if (socket.Receive(buffer) == 0) return true;
            }
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static TimeSpan UntilAllEnd(List<Socket> sockets, long start)
    {
        while (!sockets.TrueForAll(IsAtEnd)) Thread.Sleep(100);
        return Stopwatch.GetElapsedTime(start);
    }
}
