using System.Text;
using Warren.Amqp;

namespace Warren.Testing;

/// <summary>Which way something goes over a connection.</summary>
public enum WireDirection
{
    /// <summary>From the client to the broker.</summary>
    Sent,

    /// <summary>From the broker to the client.</summary>
    Received,
}

/// <summary>
/// What a connection carries at once: a method frame, with its header and body frames if it has content; or a heartbeat. As its client sees it: sent to
/// the broker, or received from it.
/// </summary>
public sealed class WireMessage
{
    /// <summary>How many octets of a body are kept.</summary>
    public const int MostBodyOctets = 1024;

    internal WireMessage(WireDirection direction, ushort channel, MethodId method, ReadOnlyMemory<byte> payload, PropertiesView properties, ReadOnlyMemory<byte> body, long bodyLength)
    {
        Direction = direction;
        Channel = channel;
        Method = method;
        Names = WireNames.Read(method, payload);
        MethodText = Wire.MethodText.Of(method, payload);
        Properties = properties.ToProperties();
        Body = body;
        BodyLength = bodyLength;
    }

    /// <summary>Which way.</summary>
    public WireDirection Direction { get; }

    /// <summary>The channel's number; 0 is the connection itself.</summary>
    public int Channel { get; }

    /// <summary>The method; <see cref="MethodId.None"/> for a heartbeat.</summary>
    public MethodId Method { get; }

    /// <summary>The exchange that a publish, delivery or return names; empty otherwise, and for the default exchange.</summary>
    public string Exchange => Names.Exchange;

    /// <summary>The routing key that a publish, delivery or return names; empty otherwise.</summary>
    public string RoutingKey => Names.RoutingKey;

    /// <summary>The queue that a method names; empty otherwise.</summary>
    public string Queue => Names.Queue;

    /// <summary>The consumer that a method names; empty otherwise.</summary>
    public string ConsumerTag => Names.ConsumerTag;

    /// <summary>The number of the delivery, or of the publish that is confirmed; 0 otherwise.</summary>
    public ulong DeliveryTag => Names.DeliveryTag;

    /// <summary>The content's properties; none where there is no content.</summary>
    public BasicProperties Properties { get; }

    /// <summary>The start of the content's body, at most <see cref="MostBodyOctets"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The length of the whole body in octets.</summary>
    public long BodyLength { get; }

    /// <summary>The start of the body as text.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>True for a message that wants a reply.</summary>
    public bool IsRequest => IsMessage && Properties.ReplyTo is { IsEmpty: false };

    /// <summary>True for a message that answers another one.</summary>
    public bool IsReply => IsMessage && Properties.ReplyTo is null && Properties.CorrelationId is { IsEmpty: false };

    /// <summary>True for a publisher confirm, good or bad.</summary>
    public bool IsConfirm => Direction == WireDirection.Received && Method is MethodId.BasicAck or MethodId.BasicNack;

    /// <summary>True for a consumer's acknowledgement, good or bad.</summary>
    public bool IsAcknowledgement => Direction == WireDirection.Sent && Method is MethodId.BasicAck or MethodId.BasicNack or MethodId.BasicReject;

    internal string MethodText { get; }

    private WireNames Names { get; }

    // Clients and servers of calls tell each other more than requests and replies: that a call is cancelled, whether its caller is there yet.
    private bool IsMessage => Method is MethodId.BasicPublish or MethodId.BasicDeliver && Properties.Headers?.TryGet("rpc-control", out _) is not true;

    /// <summary>The method with its arguments, the properties, and the start of the body.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(MethodText);
        Wire.MethodText.Append(text, Properties);
        if (Method is MethodId.BasicPublish or MethodId.BasicDeliver or MethodId.BasicReturn or MethodId.BasicGetOk)
            text.Append(" body=").Append(Wire.MethodText.Preview(Body.Span, BodyLength));
        return text.ToString();
    }
}
