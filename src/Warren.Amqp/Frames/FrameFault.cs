namespace Warren.Amqp;

/// <summary>What is wrong with a frame, in the words of RabbitMQ's reader: its type, and the first octets of its payload.</summary>
public static class FrameFault
{
    private const int ShownOctets = 16;

    /// <summary>501: a type that does not exist, or a payload that no frame of the type has.</summary>
    public static ProtocolException Unknown(byte type, ReadOnlySpan<byte> payload) => Error(type, payload, "unknown_frame");

    /// <summary>501: the payload is larger than settled.</summary>
    public static ProtocolException TooLarge(byte type, uint size, int largest) => Error(type, default, $"{{frame_too_large,{size},{largest}}}");

    /// <summary>501: the octet after the payload is not 206.</summary>
    public static ProtocolException WrongEnd(byte type, ReadOnlySpan<byte> payload, byte end) => Error(type, payload, $"{{invalid_frame_end_marker,{end}}}");

    /// <summary>505: a frame that has no place here; or 501, when it would have none anywhere.</summary>
    public static ProtocolException Misplaced(in Frame frame) =>
        IsUnknown(frame) ? Unknown((byte)frame.Type, frame.Payload.Span) : Unexpected((byte)frame.Type, frame.Payload.Span);

    /// <summary>True for a payload that no frame of its type has.</summary>
    public static bool IsUnknown(in Frame frame) => frame.Type switch
    {
        FrameType.Heartbeat => !frame.Payload.IsEmpty,
        FrameType.Header => frame.Payload.Length < ContentHeader.ShortestPayload,
        FrameType.Method => frame.Payload.Length < 4,
        _ => false,
    };

    private static ProtocolException Unexpected(byte type, ReadOnlySpan<byte> payload) => new(ReplyCode.UnexpectedFrame, Describe(type, payload)) { IsFramesFault = true };

    private static ProtocolException Error(byte type, ReadOnlySpan<byte> payload, string what) =>
        new(ReplyCode.FrameError, $"{Describe(type, payload)}: {what}") { IsFramesFault = true };

    private static string Describe(byte type, ReadOnlySpan<byte> payload) => payload.Length <= ShownOctets
        ? $"type {type}, all octets = {ErlangBinary.Printed(payload)}"
        : $"type {type}, first {ShownOctets} octets = {ErlangBinary.Printed(payload[..ShownOctets])}";
}
