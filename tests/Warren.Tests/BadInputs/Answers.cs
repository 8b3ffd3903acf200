using System.Text;
using Warren.Amqp;

namespace Warren.Tests.BadInputs;

/// <summary>
/// What a client got, in short: <c>AMQP</c> for our protocol header, <c>CC 501 (20/10)</c> for connection.close with the class and method at fault,
/// <c>CH 406 (50/10)</c> for channel.close, <c>heartbeat</c>, otherwise the method's name, with the announced octets of its body in brackets.
/// Ids are left out when they are 0/0, and compared only when the expectation has them.
/// </summary>
internal sealed class Answers
{
    private readonly List<string> _words = [];

    public Answers(ReadOnlyMemory<byte> octets)
    {
        if (octets.Span.StartsWith(FrameBuffer.ProtocolHeader))
        {
            _words.Add("AMQP");
            octets = octets[8..];
        }
        var reader = new FrameReader(octets, int.MaxValue - 8);
        while (reader.TryRead(out var frame))
            Add(frame);
        Read = reader.Consumed;
        Assert.Equal(octets.Length, Read);
    }

    /// <summary>How many octets were frames.</summary>
    public int Read { get; }

    /// <summary>Every reply text.</summary>
    public List<ShortString> Texts { get; } = [];

    /// <summary>True when the connection was closed by the broker.</summary>
    public bool IsConnectionClosed { get; private set; }

    /// <summary>How many methods, heartbeats and headers of the protocol came.</summary>
    public int Count => _words.Count;

    /// <summary>Adds what no octet says.</summary>
    public void Add(string word) => _words.Add(word);

    /// <summary>The words, with the ids at fault only where the expectation has them.</summary>
    public string ToString(string expected)
    {
        var words = expected.Contains('(', StringComparison.Ordinal) ? _words : _words.Select(WithoutIds);
        return string.Join(", ", words);
    }

    private static string WithoutIds(string word) => word.IndexOf(" (", StringComparison.Ordinal) is var at and > 0 ? word[..at] : word;

    private void Add(in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Heartbeat: _words.Add("heartbeat"); break;
            case FrameType.Method: AddMethod(frame); break;
            case FrameType.Header: _words[^1] += $"[{ContentHeader.Read(frame.Payload).BodyLength}]"; break;
        }
    }

    private void AddMethod(in Frame frame)
    {
        switch (MethodPayload.ReadId(frame.Payload))
        {
            case MethodId.ConnectionClose:
                var close = MethodPayload.Read<ConnectionClose>(frame.Payload);
                IsConnectionClosed = true;
                AddClose("CC", close.ReplyCode, close.ReplyText, close.FaultClassId, close.FaultMethodId);
                break;
            case MethodId.ChannelClose:
                var closed = MethodPayload.Read<ChannelClose>(frame.Payload);
                AddClose("CH", closed.ReplyCode, closed.ReplyText, closed.FaultClassId, closed.FaultMethodId);
                break;
            case MethodId.BasicReturn:
                var returned = MethodPayload.Read<BasicReturn>(frame.Payload);
                Texts.Add(returned.ReplyText.ToOwned());
                _words.Add($"BasicReturn {returned.ReplyCode}");
                break;
            case var method:
                _words.Add(method.ToString());
                break;
        }
    }

    private void AddClose(string what, ushort code, ShortString text, ushort classId, ushort methodId)
    {
        Texts.Add(text.ToOwned());
        Assert.Equal(((ReplyCode)code).Name(), Encoding.UTF8.GetString(text.Span).Split(" - ")[0]);
        _words.Add($"{what} {code}{(classId == 0 && methodId == 0 ? "" : $" ({classId}/{methodId})")}");
    }
}
