using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>An AMQP method: its id and how its arguments are written.</summary>
public interface IMethod
{
    /// <summary>Class and method id.</summary>
    static abstract MethodId Id { get; }

    /// <summary>The octets that <see cref="Write"/> will write: the arguments, without the four octets of the ids.</summary>
    int EncodedLength { get; }

    /// <summary>Writes the arguments in the order of the specification, reserved fields as zero.</summary>
    void Write(ref WireWriter writer);
}

/// <summary>An AMQP method that can be read.</summary>
public interface IMethod<TSelf> : IMethod
    where TSelf : struct, IMethod<TSelf>
{
    /// <summary>Reads the arguments; strings and tables of the result are views of the reader's payload.</summary>
    /// <exception cref="ProtocolException">The arguments end too early or hold a table that is not well-formed.</exception>
    static abstract TSelf Read(ref WireReader reader);
}

/// <summary>A method frame's payload, split in id and arguments.</summary>
public static class MethodPayload
{
    /// <summary>The first four octets of a method frame's payload.</summary>
    /// <exception cref="ProtocolException">The payload is shorter than that.</exception>
    public static MethodId ReadId(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < 4)
            throw FrameFault.Unknown((byte)FrameType.Method, payload.Span);
        return (MethodId)BinaryPrimitives.ReadUInt32BigEndian(payload.Span);
    }

    /// <summary>Decodes the whole payload of a method frame and refuses octets after the last argument.</summary>
    /// <exception cref="ProtocolException">The arguments cannot be decoded.</exception>
    public static TMethod Read<TMethod>(ReadOnlyMemory<byte> payload)
        where TMethod : struct, IMethod<TMethod>
    {
        var reader = new WireReader(payload[4..]);
        var method = TMethod.Read(ref reader);
        reader.ExpectEnd();
        return method;
    }

    /// <summary>The class id of a method.</summary>
    public static ushort ClassId(this MethodId id) => (ushort)((uint)id >> 16);

    /// <summary>The method id within its class.</summary>
    public static ushort MethodIndex(this MethodId id) => (ushort)id;
}
