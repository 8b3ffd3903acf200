using Warren.Amqp;

namespace Warren.Testing.Wire;

/// <summary>One message and the octets of its frames.</summary>
internal sealed record WireUnit(WireMessage Message, byte[] Octets)
{
    /// <summary>The same frames on another channel.</summary>
    public byte[] OnChannel(ushort channel)
    {
        var octets = (byte[])Octets.Clone();
        for (var start = 0; start < octets.Length; start += Frame.Overhead + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(octets.AsSpan(start + 3)))
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(start + 1), channel);
        return octets;
    }
}

/// <summary>Puts what one side writes together to messages. One thread at a time.</summary>
internal sealed class UnitReader(WireDirection direction)
{
    private readonly List<byte> _rest = [];
    private readonly Dictionary<ushort, Content> _unfinished = [];

    /// <summary>Takes octets and returns what is whole.</summary>
    public List<WireUnit> Read(ReadOnlySpan<byte> octets)
    {
        _rest.AddRange(octets);
        var all = _rest.ToArray();
        var frames = new FrameReader(all, int.MaxValue - Frame.Overhead);
        var units = new List<WireUnit>();
        var start = 0;
        while (frames.TryRead(out var frame))
        {
            if (Add(frame, all.AsSpan(start, frames.Consumed - start)) is { } unit)
                units.Add(unit);
            start = frames.Consumed;
        }
        _rest.RemoveRange(0, start);
        return units;
    }

    private WireUnit? Add(in Frame frame, ReadOnlySpan<byte> octets)
    {
        switch (frame.Type)
        {
            case FrameType.Method:
                var id = MethodPayload.ReadId(frame.Payload);
                var content = new Content(id, frame.Payload);
                content.Octets.AddRange(octets);
                if (id is not (MethodId.BasicPublish or MethodId.BasicDeliver or MethodId.BasicReturn or MethodId.BasicGetOk))
                    return content.Finish(direction, frame.Channel);
                _unfinished[frame.Channel] = content;
                return null;
            case FrameType.Header or FrameType.Body when _unfinished.TryGetValue(frame.Channel, out var open):
                open.Octets.AddRange(octets);
                if (frame.Type == FrameType.Header)
                    open.Header = ContentHeader.Read(frame.Payload);
                else
                    open.Body.AddRange(frame.Payload.Span);
                if (open.Header is not { } header || (ulong)open.Body.Count < header.BodyLength)
                    return null;
                _unfinished.Remove(frame.Channel);
                return open.Finish(direction, frame.Channel);
            default:
                var other = new Content(MethodId.None, default);
                other.Octets.AddRange(octets);
                return other.Finish(direction, frame.Channel);
        }
    }

    private sealed class Content(MethodId method, ReadOnlyMemory<byte> payload)
    {
        public List<byte> Octets { get; } = [];

        public List<byte> Body { get; } = [];

        public ContentHeader? Header { get; set; }

        public WireUnit Finish(WireDirection direction, ushort channel)
        {
            var kept = Body.Take(WireMessage.MostBodyOctets).ToArray();
            return new WireUnit(new WireMessage(direction, channel, method, payload, Header?.Properties ?? default, kept, Body.Count), [.. Octets]);
        }
    }
}
