using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>Cuts whole frames from what was received. Stops before a frame that is not complete yet.</summary>
/// <param name="received">What was received and not yet consumed.</param>
/// <param name="frameMax">The settled frame-max in octets; a payload of as much is tolerated, as RabbitMQ does.</param>
public ref struct FrameReader(ReadOnlyMemory<byte> received, int frameMax)
{
    private readonly ReadOnlyMemory<byte> _received = received;
    private readonly ReadOnlySpan<byte> _span = received.Span;

    /// <summary>How many octets the frames cut so far took.</summary>
    public int Consumed { get; private set; }

    /// <summary>Cuts the next frame.</summary>
    /// <returns>False when the rest is not a whole frame yet.</returns>
    /// <exception cref="ProtocolException">501: an unknown type, a payload over frame-max (seen before it has arrived), a wrong end octet.</exception>
    public bool TryRead(out Frame frame)
    {
        // AMQP 0-9-1 section 4.2.3.    octet    short      long      size octets   octet
        //                            +------+---------+---------+ +------------+ +------+
        //                            | type | channel |  size   | |  payload   | | 0xCE |
        //                            +------+---------+---------+ +------------+ +------+
        frame = default;
        var rest = _span[Consumed..];
        if (rest.Length < 7)
            return rest.IsEmpty || IsKnown(rest[0]) ? false : throw FrameFault.Unknown(rest[0], default);
        if (!IsKnown(rest[0]))
            throw FrameFault.Unknown(rest[0], default); // At its first octet: what follows is not waited for.
        var size = BinaryPrimitives.ReadUInt32BigEndian(rest[3..]);
        if (size > (uint)frameMax)
            throw FrameFault.TooLarge(rest[0], size, frameMax - Frame.Overhead);
        if (rest.Length < size + Frame.Overhead)
            return false;
        var end = rest[(int)size + 7];
        if (end != Frame.End)
            throw FrameFault.WrongEnd(rest[0], rest.Slice(7, (int)size), end);
        frame = new Frame((FrameType)rest[0], BinaryPrimitives.ReadUInt16BigEndian(rest[1..]), _received.Slice(Consumed + 7, (int)size));
        Consumed += (int)size + Frame.Overhead;
        return true;
    }

    private static bool IsKnown(byte type) => type is 1 or 2 or 3 or 8;
}
