using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Conformance.Fixtures;

/// <summary>A client that says what the test says, frame by frame, and answers nothing by itself.</summary>
public sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _socket = new();
    private readonly byte[] _buffer = new byte[1024 * 1024];
    private int _received;
    private int _read;

    private RawClient()
    {
    }

    /// <summary>A client with an open connection and channel 1.</summary>
    public static async Task<RawClient> OpenAsync(Uri broker, FieldTable capabilities)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(broker.Host, broker.Port);
        await client.WriteAsync(frames =>
        {
            frames.WriteRaw(FrameBuffer.ProtocolHeader);
            frames.WriteMethod(0, new ConnectionStartOk(FieldTable.Create(("capabilities", capabilities)), "PLAIN", "\0guest\0guest", "en_US"));
        });
        await client.ReadAsync<ConnectionStart>();
        await client.ReadAsync<ConnectionTune>();
        await client.WriteAsync(frames =>
        {
            frames.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
            frames.WriteMethod(0, new ConnectionOpen("/"));
            frames.WriteMethod(1, default(ChannelOpen));
        });
        await client.ReadAsync<ConnectionOpenOk>();
        await client.ReadAsync<ChannelOpenOk>();
        return client;
    }

    public async Task WriteAsync(Action<FrameBuffer> write)
    {
        using var frames = new FrameBuffer();
        write(frames);
        await _socket.GetStream().WriteAsync(frames.Written);
    }

    public Task PublishAsync(string queue, string body = "m") => WriteAsync(frames =>
        frames.WriteContent(1, new BasicPublish("", queue), BasicProperties.Empty, System.Text.Encoding.UTF8.GetBytes(body), 131072));

    /// <summary>The next frame, which has to be this method.</summary>
    public async Task<TMethod> ReadAsync<TMethod>()
        where TMethod : struct, IMethod<TMethod>
    {
        var frame = await ReadFrameAsync();
        Assert.Equal((FrameType.Method, TMethod.Id), (frame.Type, MethodPayload.ReadId(frame.Payload)));
        return MethodPayload.Read<TMethod>(frame.Payload);
    }

    public async Task<Frame> ReadFrameAsync()
    {
        while (true)
        {
            if (TryReadFrame(out var frame))
                return frame;
            await ReceiveAsync();
        }
    }

    /// <summary>True when something has come and was not read.</summary>
    public bool HasReceived => _read < _received || _socket.Available > 0;

    public void Dispose() => _socket.Dispose();

    private bool TryReadFrame(out Frame frame)
    {
        var reader = new FrameReader(_buffer.AsMemory(_read.._received), 131072);
        if (!reader.TryRead(out frame))
            return false;
        _read += reader.Consumed;
        return true;
    }

    private async Task ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var count = await _socket.GetStream().ReadAsync(_buffer.AsMemory(_received), patience.Token);
        Assert.NotEqual(0, count);
        _received += count;
    }
}
