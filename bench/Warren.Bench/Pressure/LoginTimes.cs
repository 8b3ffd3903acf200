using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Warren.Amqp;

namespace Warren.Bench.Pressure;

/// <summary>
/// V25: how long a refusal takes, of a user who exists and of one who does not, in turns. Each attempt comes from an address of its own, since an address that guesses
/// is slowed down.
/// </summary>
internal static class LoginTimes
{
    private const double MaxDifference = 0.05;

    public static string Measure(IPEndPoint broker, int count)
    {
        var (known, unknown) = (new Times(), new Times());
        for (var i = 0; i < 10; i++) Refuse(broker, -1 - i, i % 2 == 0 ? "guest" : "nobody"); // What is compiled once is not counted.
        for (var i = 0; i < count; i++)
        {
            known.Measure(() => Refuse(broker, 2 * i, "guest"));
            unknown.Measure(() => Refuse(broker, (2 * i) + 1, $"nobody{i}"));
        }
        var difference = Math.Abs(known.MedianMs - unknown.MedianMs) / known.MedianMs;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## V25: {count:N0} refused logins of each kind").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"The medians differ by {100 * difference:N2} %; {100 * MaxDifference:N0} % are allowed.").AppendLine();
        text.AppendLine("| wrong password of | times | median, ms | p99, ms | worst, ms |").AppendLine("|---|---:|---:|---:|---:|");
        text.AppendLine($"| a user who exists | {known.Columns()} |");
        text.AppendLine($"| a user who does not | {unknown.Columns()} |");
        return text.ToString();
    }

    private static void Refuse(IPEndPoint broker, int number, string user)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var address = (uint)(0x10000 + number); // From 127.1.0.0 on, and for the first ones below it.
        socket.Bind(new IPEndPoint(new IPAddress([127, (byte)(address >> 16), (byte)(address >> 8), (byte)address]), 0));
        socket.Connect(broker);
        using var frames = new FrameBuffer();
        frames.WriteRaw(FrameBuffer.ProtocolHeader);
        var capable = FieldTable.Create(("capabilities", FieldTable.Create(("authentication_failure_close", true))));
        frames.WriteMethod(0, new ConnectionStartOk(capable, "PLAIN", $"\0{user}\0wrong password", "en_US"));
        socket.Send(frames.WrittenSpan);
        var buffer = new byte[8192];
        var length = 0;
        while (!buffer.AsSpan(0, length).Contains(MethodId.ConnectionClose))
            length += socket.Receive(buffer.AsSpan(length)) is > 0 and var received ? received : throw new EndOfStreamException("the broker dropped a login instead of refusing it");
    }

    private static bool Contains(this Span<byte> octets, MethodId id)
    {
        var reader = new FrameReader(octets.ToArray(), 131072);
        while (reader.TryRead(out var frame))
        {
            if (MethodPayload.ReadId(frame.Payload) == id) return true;
        }
        return false;
    }
}
