using System.Buffers;
using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Chaos;

/// <summary>One direction of a connection through the proxy. What goes on is whole frames, so that others can be put between them, until it is cut.</summary>
internal sealed class Lane(Relayed connection, Socket from, Socket to, bool fromBroker)
{
    private const int LargestFrame = 131_072;

    private readonly byte[] _received = new byte[2 * LargestFrame];
    private readonly SemaphoreSlim _turn = new(1); // Who has it may send.
    private long _octetsLeft = long.MaxValue;
    private CutPoint? _reached; // The rest is owned by the pump.
    private ushort _contentChannel;
    private ulong _contentLeft;
    private bool _awaitsHeader;

    // The message where it ends is whole, or was kept back.
    private bool IsOver => _reached is not null && !_awaitsHeader && _contentLeft == 0;

    /// <summary>Nothing goes on any more.</summary>
    public volatile bool Swallows;

    public volatile bool Stalls;

    /// <summary>So many more octets go on, wherever that is in a frame.</summary>
    public void CutAfter(int octets) => Volatile.Write(ref _octetsLeft, octets);

    public async Task PumpAsync()
    {
        try
        {
            if (!fromBroker)
                await RelayProtocolHeaderAsync();
            for (var held = 0; await from.ReceiveAsync(_received.AsMemory(held)) is > 0 and var received;)
            {
                held += received;
                while (Stalls)
                    await Task.Delay(5);
                var onward = new ArrayBufferWriter<byte>();
                var taken = Sift(_received.AsMemory(0, held), onward);
                if (!await SendAsync(onward.WrittenMemory) || IsOver)
                    break;
                _received.AsSpan(taken, held - taken).CopyTo(_received);
                held -= taken;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut by somebody.
        }
        connection.Cut();
        _reached?.Reach();
    }

    /// <summary>Puts frames of our own between those that pass.</summary>
    public async Task InjectAsync<TMethod>(ushort channel, TMethod method)
        where TMethod : struct, IMethod
    {
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, method);
        try
        {
            await SendAsync(frames.Written);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is cut.
        }
    }

    private async Task RelayProtocolHeaderAsync()
    {
        var header = new byte[FrameBuffer.ProtocolHeader.Length];
        for (var read = 0; read < header.Length;)
            read += await from.ReceiveAsync(header.AsMemory(read)) is > 0 and var more ? more : throw new SocketException((int)SocketError.ConnectionReset);
        await SendAsync(header);
    }

    // False when the connection is to end here.
    private async Task<bool> SendAsync(ReadOnlyMemory<byte> octets)
    {
        await _turn.WaitAsync();
        try
        {
            if (Swallows)
                return true;
            var left = Volatile.Read(ref _octetsLeft);
            var through = (int)Math.Min(octets.Length, left);
            for (var sent = 0; sent < through;)
                sent += await to.SendAsync(octets[sent..through]);
            if (left != long.MaxValue)
                Volatile.Write(ref _octetsLeft, left - through);
            return through == octets.Length;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Copies what goes on, up to where the connection is to be cut. Returns how many octets are done with.
    private int Sift(ReadOnlyMemory<byte> received, ArrayBufferWriter<byte> onward)
    {
        var frames = new FrameReader(received, LargestFrame);
        var start = 0;
        while (frames.TryRead(out var frame))
        {
            var octets = received.Span[start..frames.Consumed];
            start = frames.Consumed;
            var method = frame.Type == FrameType.Method ? MethodPayload.ReadId(frame.Payload) : MethodId.None;
            if (connection.Answers(fromBroker, frame, method, onward))
                continue;
            var reached = method == MethodId.None ? null : connection.CutPointAt(fromBroker, method);
            if (reached is { After: false })
            {
                _reached = reached;
                return start;
            }
            onward.Write(octets);
            if (reached is not null)
            {
                _reached = reached;
                connection.Mute(!fromBroker);
                BeginContent(frame.Channel, method);
            }
            else if (_reached is not null)
            {
                ContinueContent(frame);
            }
            if (IsOver)
                return start;
        }
        return start;
    }

    private void BeginContent(ushort channel, MethodId method)
    {
        _contentChannel = channel;
        _awaitsHeader = method is MethodId.BasicPublish or MethodId.BasicDeliver;
    }

    private void ContinueContent(in Frame frame)
    {
        if (frame.Channel != _contentChannel)
            return;
        if (frame.Type == FrameType.Header)
            (_contentLeft, _awaitsHeader) = (ContentHeader.Read(frame.Payload).BodyLength, false);
        else if (frame.Type == FrameType.Body)
            _contentLeft -= (ulong)frame.Payload.Length;
    }
}
