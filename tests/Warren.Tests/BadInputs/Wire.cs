using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Tests.BadInputs;

/// <summary>Octets as a client would send them, and as none should.</summary>
internal static class Wire
{
    /// <summary>Octets from hexadecimal digits; blanks are for the reader.</summary>
    public static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>A frame of any type around any payload.</summary>
    public static byte[] Frame(byte type, ushort channel, params byte[] payload) => Sized(type, channel, (uint)payload.Length, [.. payload, Warren.Amqp.Frame.End]);

    /// <summary>A frame whose size is what it says, whatever follows.</summary>
    public static byte[] Sized(byte type, ushort channel, uint size, params byte[] rest)
    {
        var head = new byte[7];
        head[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(1), channel);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(3), size);
        return [.. head, .. rest];
    }

    /// <summary>A method frame with arguments made by hand.</summary>
    public static byte[] Raw(ushort channel, MethodId method, params byte[] arguments)
    {
        var id = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)method);
        return Frame(1, channel, [.. id, .. arguments]);
    }

    /// <summary>A method frame on channel 1.</summary>
    public static byte[] Say<TMethod>(in TMethod method)
        where TMethod : struct, IMethod => On(1, method);

    /// <summary>A method frame.</summary>
    public static byte[] On<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, method);
        return frames.WrittenSpan.ToArray();
    }

    /// <summary>basic.publish without its content.</summary>
    public static byte[] Begin(string queue, ushort channel = 1) => On(channel, new BasicPublish("", queue));

    /// <summary>A content header with property flags and properties made by hand.</summary>
    public static byte[] Header(ulong bodySize, ushort flags = 0, params byte[] properties)
    {
        var head = new byte[14];
        head[1] = 60;
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(4), bodySize);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(12), flags);
        return Frame(2, 1, [.. head, .. properties]);
    }

    /// <summary>A content header with a table of headers made by hand.</summary>
    public static byte[] Headers(params byte[] table) => Header(0, 0x2000, Counted(table));

    /// <summary>A body frame on channel 1 of so many octets.</summary>
    public static byte[] Body(int octets) => Frame(3, 1, new byte[octets]);

    /// <summary>A whole message to the default exchange.</summary>
    public static byte[] Publish(string key, BasicProperties? properties = null, int octets = 1) => PublishTo("", key, properties, octets);

    /// <summary>A whole message.</summary>
    public static byte[] PublishTo(string exchange, ShortString key, BasicProperties? properties = null, int octets = 1, bool mandatory = false)
    {
        using var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicPublish(exchange, key, mandatory), properties ?? BasicProperties.Empty, new byte[octets], 4096);
        return frames.WrittenSpan.ToArray();
    }

    /// <summary>A queue of this connection alone, without an answer.</summary>
    public static byte[] Queue(string name, params (string Name, object? Value)[] arguments) =>
        Say(new QueueDeclare(name, Exclusive: true, NoWait: true, Arguments: FieldTable.Create(arguments)));

    /// <summary>basic.get without acknowledgement.</summary>
    public static byte[] Get(string queue) => Say(new BasicGet(queue, NoAck: true));

    /// <summary>Octets behind their length in four octets.</summary>
    public static byte[] Counted(params byte[] octets)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, octets.Length);
        return [.. length, .. octets];
    }

    /// <summary>A field: name, type, value.</summary>
    public static byte[] Field(string name, char type, params byte[] value) =>
        [(byte)name.Length, .. System.Text.Encoding.Latin1.GetBytes(name), (byte)type, .. value];

    /// <summary>Tables with nothing in them but the next one.</summary>
    public static byte[] Nested(int levels)
    {
        var octets = new byte[levels * 6]; // An empty name, F, the length of the rest.
        for (var level = 0; level < levels; level++)
        {
            octets[(level * 6) + 1] = (byte)'F';
            BinaryPrimitives.WriteInt32BigEndian(octets.AsSpan((level * 6) + 2), (levels - level - 1) * 6);
        }
        return octets;
    }

    /// <summary>queue.declare of the exclusive queue <c>q</c> with a table made by hand, its length in front.</summary>
    public static byte[] Declare(params byte[] countedTable) => Raw(1, MethodId.QueueDeclare, [0, 0, 1, (byte)'q', 4, .. countedTable]);
}
