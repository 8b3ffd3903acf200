namespace Warren.Amqp;

/// <summary>The kinds of frames (AMQP 0-9-1 section 4.2.3).</summary>
public enum FrameType : byte
{
    /// <summary>A method and its arguments.</summary>
    Method = 1,

    /// <summary>The header of content: body size and properties.</summary>
    Header = 2,

    /// <summary>A part of a body.</summary>
    Body = 3,

    /// <summary>A sign of life.</summary>
    Heartbeat = 8,
}

/// <summary>One frame; its payload is a view of the buffer it was cut from.</summary>
public readonly record struct Frame(FrameType Type, ushort Channel, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The octets a frame takes around its payload: type, channel, size and the end octet.</summary>
    public const int Overhead = 8;

    /// <summary>The octet that ends every frame.</summary>
    public const byte End = 0xCE;

    /// <summary>The smallest frame-max that peers may settle on, in octets (AMQP 0-9-1 section 1.4.2.6).</summary>
    public const int MinMaxSize = 4096;
}
