using System.Text;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>A channel beside the script's on each connection: the harness asks there what a client could ask, and reopens it when the answer is a close.</summary>
internal sealed class ControlChannel
{
    public const ushort Number = 1000;

    private string _content = ""; // Of the get-ok that is coming in.
    private ulong _missing;

    /// <summary>What was answered, in order; a close is the last.</summary>
    public List<string> Answers { get; } = [];

    /// <summary>Barriers that were not answered yet.</summary>
    public int Awaited { get; set; }

    public void Await(FrameBuffer to)
    {
        to.WriteMethod(Number, default(AccessRequest));
        Awaited++;
    }

    public void Take(in Frame frame, FrameBuffer to, Names names)
    {
        if (frame.Type == FrameType.Method)
            TakeMethod(frame.Payload, to, names);
        else
            TakeContent(frame, names);
    }

    private void TakeMethod(ReadOnlyMemory<byte> payload, FrameBuffer to, Names names)
    {
        switch (MethodPayload.ReadId(payload))
        {
            case MethodId.ChannelOpenOk:
                break;
            case MethodId.AccessRequestOk:
                Awaited--;
                break;
            case MethodId.ChannelClose:
                Answers.Add(names.InScript(AnswerText.Of(payload)));
                to.WriteMethod(Number, default(ChannelCloseOk));
                to.WriteMethod(Number, default(ChannelOpen));
                Awaited = 0;
                break;
            case MethodId.BasicGetOk:
                var getOk = MethodPayload.Read<BasicGetOk>(payload);
                _content = $"basic.get-ok redelivered={getOk.Redelivered} exchange={names.InScript(getOk.Exchange.ToString())} key={names.InScript(getOk.RoutingKey.ToString())}";
                break;
            default:
                Answers.Add(names.InScript(AnswerText.Of(payload)));
                break;
        }
    }

    private void TakeContent(in Frame frame, Names names)
    {
        if (frame.Type == FrameType.Header)
        {
            var header = ContentHeader.Read(frame.Payload);
            _content += $"{MessageText.Of(header.Properties, names)} body=";
            _missing = header.BodyLength;
        }
        else
        {
            _content += names.InScript(Encoding.UTF8.GetString(frame.Payload.Span));
            _missing -= (ulong)frame.Payload.Length;
        }
        if (_missing == 0)
            Answers.Add(_content);
    }
}
