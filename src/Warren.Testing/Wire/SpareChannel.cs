using Warren.Amqp;

namespace Warren.Testing.Wire;

/// <summary>The connection's highest channel, which clients come to last: on it a script acts in the client's name.</summary>
internal sealed class SpareChannel
{
    private int _isOpen;

    public ushort Number { get; set; }

    /// <summary>True for what the broker answers there.</summary>
    public bool IsAnswer(WireMessage message) => Volatile.Read(ref _isOpen) == 1 && message.Direction == WireDirection.Received && message.Channel == Number;

    public byte[] Write<TMethod>(TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(Number, method);
        return [.. Open(), .. frames.WrittenSpan];
    }

    /// <summary>What opens the channel, if it is not open.</summary>
    public byte[] Open()
    {
        if (Interlocked.Exchange(ref _isOpen, 1) == 1)
            return [];
        using var frames = new FrameBuffer();
        frames.WriteMethod(Number, default(ChannelOpen));
        return frames.WrittenSpan.ToArray();
    }
}
