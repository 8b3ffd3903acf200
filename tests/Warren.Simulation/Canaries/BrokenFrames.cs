using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Simulation;

/// <summary>Bugs on the way from the engine to a client.</summary>
internal static class BrokenFrames
{
    private const int PayloadOffset = 7;

    /// <summary>No delivery says that it is one again.</summary>
    public static void ForgetRedelivered(byte[] octets) => Each(octets, static (type, payload) =>
    {
        if (type != FrameType.Method)
            return;
        switch ((MethodId)BinaryPrimitives.ReadUInt32BigEndian(payload))
        {
            case MethodId.BasicDeliver: payload[4 + 1 + payload[4] + 8] = 0; break;
            case MethodId.BasicGetOk: payload[4 + 8] = 0; break;
            default: break;
        }
    });

    /// <summary>What a full queue refuses is confirmed.</summary>
    public static void ConfirmTheRefused(byte[] octets) => Each(octets, static (type, payload) =>
    {
        if (type == FrameType.Method && (MethodId)BinaryPrimitives.ReadUInt32BigEndian(payload) == MethodId.BasicNack)
            BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)MethodId.BasicAck);
    });

    /// <summary>What is confirmed is refused.</summary>
    public static void RefuseTheConfirmed(byte[] octets) => Each(octets, static (type, payload) =>
    {
        if (type == FrameType.Method && (MethodId)BinaryPrimitives.ReadUInt32BigEndian(payload) == MethodId.BasicAck)
            BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)MethodId.BasicNack);
    });

    /// <summary>Confirms are all for the next message but one.</summary>
    public static void ConfirmAnother(byte[] octets) => Each(octets, static (type, payload) =>
    {
        if (type == FrameType.Method && (MethodId)BinaryPrimitives.ReadUInt32BigEndian(payload) == MethodId.BasicAck)
            payload[11]++;
    });

    /// <summary>An octet of a long body changes.</summary>
    public static void ChangeBodies(byte[] octets) => Each(octets, static (type, payload) =>
    {
        if (type == FrameType.Body && payload.Length > 900)
            payload[899] ^= 4;
    });

    private delegate void Edit(FrameType type, Span<byte> payload);

    private static void Each(byte[] octets, Edit edit)
    {
        for (var at = 0; at < octets.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(at + 3));
            edit((FrameType)octets[at], octets.AsSpan(at + PayloadOffset, length));
            at += length + Frame.Overhead;
        }
    }
}
