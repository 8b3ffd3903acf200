using System.Buffers;
using System.Net;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>A client's socket in memory: what is sent to it can be read back as frames, and it can refuse to take more.</summary>
internal sealed class RawPeer(BrokerTurn turn, IPEndPoint remote) : Peer(turn, remote)
{
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly Inbound _inbound = new();
    private int _read;

    /// <summary>How many octets it takes before it blocks.</summary>
    public int Window { get; set; } = int.MaxValue;

    /// <summary>Who it is by its certificate.</summary>
    public ExternalIdentity? Identity { get; init; }

    public override ExternalIdentity? External => Identity;

    public int ReceivedOctets { get; private set; }

    public bool IsShut { get; private set; }

    public bool IsAborted { get; private set; }

    public int Resumes { get; private set; }

    public ReadOnlyMemory<byte> AllReceived => _received.WrittenMemory;

    public bool IsAtEnd => _read == _received.WrittenCount;

    public bool Write(ReadOnlySpan<byte> octets) => Turn.Receive(this, _inbound, octets);

    public void WriteMethod<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, method);
        Write(frames.WrittenSpan);
    }

    public void WriteFrame(byte type, ushort channel, params byte[] payload) =>
        Write([type, (byte)(channel >> 8), (byte)channel, 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload, Frame.End]);

    public TMethod Read<TMethod>()
        where TMethod : struct, IMethod<TMethod>
    {
        var frame = ReadFrame();
        Assert.Equal(FrameType.Method, frame.Type);
        Assert.Equal(TMethod.Id, MethodPayload.ReadId(frame.Payload));
        return MethodPayload.Read<TMethod>(frame.Payload);
    }

    public Frame ReadFrame()
    {
        var reader = new FrameReader(_received.WrittenMemory[_read..], int.MaxValue - 8);
        Assert.True(reader.TryRead(out var frame), "The broker has sent no further frame.");
        _read += reader.Consumed;
        return frame;
    }

    public void OpenWindow(int octets)
    {
        Window = octets;
        Turn.Writable(this);
        Flusher.Current.Run();
    }

    /// <summary>Forgets everything that it has received, and keeps the memory for what comes.</summary>
    public void Forget()
    {
        _received.ResetWrittenCount();
        _read = 0;
    }

    public override SendResult Send(Outbound outbound)
    {
        var rest = outbound.Rest.Span;
        var taken = Math.Min(rest.Length, Window);
        Window -= taken;
        ReceivedOctets += taken;
        _received.Write(rest[..taken]);
        outbound.Advance(taken);
        return taken == rest.Length ? SendResult.Done : SendResult.WouldBlock;
    }

    public override void AwaitWritable()
    {
        if (Window > 0)
            Turn.Writable(this);
    }

    public override void Resume()
    {
        Resumes++;
        Turn.Receive(this, _inbound, default);
    }

    public override void Shut() => IsShut = true;

    public override void Abort() => IsAborted = true;
}
