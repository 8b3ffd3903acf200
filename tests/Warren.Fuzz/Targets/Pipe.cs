using System.Buffers;
using System.Net;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Fuzz;

/// <summary>A client's socket in memory, on the thread at hand.</summary>
internal sealed class Pipe(BrokerTurn turn, IPEndPoint remote) : Peer(turn, remote)
{
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly Inbound _inbound = new();

    public bool IsShut { get; private set; }

    public bool IsAborted { get; private set; }

    public ReadOnlyMemory<byte> Received => _received.WrittenMemory;

    public void Write(ReadOnlySpan<byte> octets) => Turn.Receive(this, _inbound, octets);

    public void Write<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, method);
        Write(frames.WrittenSpan);
    }

    public void Forget() => _received.ResetWrittenCount();

    public override SendResult Send(Outbound outbound)
    {
        _received.Write(outbound.Rest.Span);
        outbound.Advance(outbound.Rest.Length);
        return SendResult.Done;
    }

    public override void AwaitWritable() => Turn.Writable(this);

    public override void Resume() => Turn.Receive(this, _inbound, default);

    public override void Shut() => IsShut = true;

    public override void Abort() => IsAborted = true;
}
