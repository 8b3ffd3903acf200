using System.Buffers;

namespace Warren.Amqp;

/// <summary>
/// Frames on their way out, one after the other in one growing array, so that many of them leave in one send. Not thread-safe.
/// The array comes from the shared pool: <see cref="Dispose"/> gives it back.
/// </summary>
public sealed class FrameBuffer : IDisposable
{
    private const int SmallestArray = 512;

    private byte[] _octets = [];

    /// <summary>How many octets are written.</summary>
    public int Length { get; private set; }

    /// <summary>The octets written, until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _octets.AsMemory(0, Length);

    /// <summary>The octets written, until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _octets.AsSpan(0, Length);

    /// <summary>The eight octets that open a connection (AMQP 0-9-1 section 4.2.2).</summary>
    public static ReadOnlySpan<byte> ProtocolHeader => "AMQP\0\0\x09\x01"u8;

    /// <summary>Writes octets that are not a frame, such as the protocol header.</summary>
    public void WriteRaw(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Reserve(octets.Length));
        Length += octets.Length;
    }

    /// <summary>Writes a heartbeat frame.</summary>
    public void WriteHeartbeat() => WriteRaw([(byte)FrameType.Heartbeat, 0, 0, 0, 0, 0, 0, Frame.End]);

    /// <summary>Writes one method frame.</summary>
    public void WriteMethod<TMethod>(ushort channel, in TMethod method)
        where TMethod : struct, IMethod
    {
        var payloadLength = 4 + method.EncodedLength;
        var writer = BeginFrame(FrameType.Method, channel, payloadLength);
        writer.WriteLong((uint)TMethod.Id);
        method.Write(ref writer);
        EndFrame(ref writer, payloadLength);
    }

    /// <summary>Writes a method that carries content: method frame, header frame, and the body in frames of at most frame-max.</summary>
    /// <param name="channel">The channel number.</param>
    /// <param name="method">basic.publish, deliver, get-ok or return.</param>
    /// <param name="properties">The message's properties.</param>
    /// <param name="body">The body; an empty one has no body frame.</param>
    /// <param name="frameMax">The settled frame-max in octets.</param>
    public void WriteContent<TMethod, TProperties>(
        ushort channel, in TMethod method, in TProperties properties, ReadOnlySpan<byte> body, int frameMax)
        where TMethod : struct, IMethod
        where TProperties : IPropertiesWriter
    {
        WriteMethod(channel, method);
        var payloadLength = 12 + properties.EncodedLength;
        var writer = BeginFrame(FrameType.Header, channel, payloadLength);
        writer.WriteShort(ContentHeader.BasicClass);
        writer.WriteShort(0); // Weight, unused.
        writer.WriteLongLong((ulong)body.Length);
        properties.Write(ref writer);
        EndFrame(ref writer, payloadLength);
        for (var largest = frameMax - Frame.Overhead; !body.IsEmpty; body = body[Math.Min(body.Length, largest)..])
            WriteBodyFrame(channel, body[..Math.Min(body.Length, largest)]);
    }

    /// <summary>Forgets what is written and keeps the array.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets the first octets, which have been sent.</summary>
    public void Consume(int octets)
    {
        _octets.AsSpan(octets, Length - octets).CopyTo(_octets);
        Length -= octets;
    }

    /// <summary>Gives the array back to the pool; the buffer is empty and may be used again.</summary>
    public void Dispose()
    {
        Length = 0;
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = [];
    }

    private void WriteBodyFrame(ushort channel, ReadOnlySpan<byte> part)
    {
        var writer = BeginFrame(FrameType.Body, channel, part.Length);
        writer.WriteOctets(part);
        EndFrame(ref writer, part.Length);
    }

    private WireWriter BeginFrame(FrameType type, ushort channel, int payloadLength)
    {
        var writer = new WireWriter(Reserve(payloadLength + Frame.Overhead));
        writer.WriteOctet((byte)type);
        writer.WriteShort(channel);
        writer.WriteLong((uint)payloadLength);
        return writer;
    }

    private void EndFrame(ref WireWriter writer, int payloadLength)
    {
        writer.WriteOctet(Frame.End);
        System.Diagnostics.Debug.Assert(writer.Position == payloadLength + Frame.Overhead, "EncodedLength must be what Write writes.");
        Length += writer.Position;
    }

    private Span<byte> Reserve(int octets)
    {
        if (_octets.Length - Length < octets)
            Grow(octets);
        return _octets.AsSpan(Length, octets);
    }

    private void Grow(int octets)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(checked(Length + octets), _octets.Length * 2), SmallestArray));
        WrittenSpan.CopyTo(larger);
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = larger;
    }
}
