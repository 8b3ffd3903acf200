using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>
/// T2: a whole connection. Whatever a client sends, the broker answers with frames that can be read and close codes that RabbitMQ has, logs no fault of its
/// own, lets the connection go, and serves the next one. The first octet of an input says whether it starts with the protocol header (even) or with an open
/// channel (odd), and how the rest is cut.
/// </summary>
public sealed class ConnectionTarget : ITarget
{
    private static readonly HashSet<int> s_codes = [200, 311, 312, 313, 320, 402, 403, 404, 405, 406, 501, 502, 503, 504, 505, 506, 530, 540];

    /// <inheritdoc/>
    public string Name => "T2";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } =
        [.. Fuzz.Seeds.Frames.Select(frames => (byte[])[1, .. frames]), .. Fuzz.Seeds.Frames.Select(frames => (byte[])[0, .. Fuzz.Seeds.Handshake, .. frames])];

    /// <inheritdoc/>
    public int Run(byte[] input)
    {
        if (input.Length == 0)
            return 0;
        var broker = new MemoryBroker();
        var client = input[0] % 2 == 0 ? broker.Join() : broker.Open();
        Meter.Run(input, Live, () => AskedFor.Octets(input));
        if (broker.Failure is { } failure)
            throw new FindingException("the broker failed", failure);
        var seen = Read(client.Received);

        broker.Turn.Lost(client);
        FindingException.Unless(broker.Turn.PeerCount == 0, "the connection stays when its transport has ended");
        if (broker.Failure is { } late)
            throw new FindingException("the broker failed when the connection had ended", late);
        var next = broker.Open();
        next.Write(1, new QueueDeclare("amq-next", Exclusive: true));
        FindingException.Unless(!next.Received.IsEmpty, "the next connection is not served");
        broker.Turn.Lost(next);
        return seen;

        int Live()
        {
            Write(client, input);
            broker.Pass(TimeSpan.FromSeconds(20)); // Whatever has a deadline meets it.
            return client.Received.Length;
        }
    }

    private static void Write(Pipe client, byte[] input)
    {
        var rest = input.AsSpan(1);
        for (var step = input[0] < 128 ? rest.Length : input[0] - 120; !rest.IsEmpty; rest = rest[Math.Min(step, rest.Length)..])
            client.Write(rest[..Math.Min(step, rest.Length)]);
    }

    // What was seen: which methods came out, each once, and the words of the first close.
    private static int Read(ReadOnlyMemory<byte> received)
    {
        var methods = new SortedSet<MethodId>();
        var words = "";
        if (received.Span.StartsWith("AMQP"u8))
            return 8; // The version that the broker speaks.
        try
        {
            var reader = new FrameReader(received, int.MaxValue - 8);
            while (reader.TryRead(out var frame))
            {
                if (frame.Type != FrameType.Method)
                    continue;
                var id = MethodPayload.ReadId(frame.Payload);
                methods.Add(id);
                if (id == MethodId.ConnectionClose)
                    words += Code(MethodPayload.Read<ConnectionClose>(frame.Payload) is var close ? (close.ReplyCode, close.ReplyText.ToString()) : default);
                else if (id == MethodId.ChannelClose && words.Length < 200)
                    words += Code(MethodPayload.Read<ChannelClose>(frame.Payload) is var close ? (close.ReplyCode, close.ReplyText.ToString()) : default);
            }
            FindingException.Unless(reader.Consumed == received.Length, "the broker sent a part of a frame");
        }
        catch (ProtocolException e)
        {
            throw new FindingException("the broker sent a frame that cannot be read", e);
        }
        var seen = new HashCode();
        foreach (var id in methods)
            seen.Add(id);
        seen.Add(words, StringComparer.Ordinal);
        return seen.ToHashCode();
    }

    private static string Code((ushort Code, string Text) close)
    {
        FindingException.Unless(s_codes.Contains(close.Code), $"a close with {close.Code} {close.Text}");
        return $"{close.Code} {(close.Text.Length > 30 ? close.Text[..30] : close.Text)}";
    }
}
