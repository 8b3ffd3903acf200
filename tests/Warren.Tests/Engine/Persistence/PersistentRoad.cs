using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine.Persistence;

/// <summary>A host that keeps nothing and allocates nothing, for a count of what the engine allocates.</summary>
internal sealed class SilentEffects : IEffects, IEntropy, IJournal, IDisposable
{
    private ulong _lastId;

    public FrameBuffer Frames { get; } = new();

    public long Position { get; private set; }

    public long NextPosition => Position + 1;

    public FrameBuffer Outbound(ConnectionId connection) => Frames;

    public bool HasRoom(ConnectionId connection) => true;

    public void Pause(ConnectionId connection)
    {
    }

    public void Resume(ConnectionId connection)
    {
    }

    public void Close(ConnectionId connection)
    {
    }

    public void Refused(ConnectionId connection, ushort channel, in Refusal refusal) => throw new InvalidOperationException(refusal.Reason);

    public void Failed(ConnectionId? connection, Exception exception) => throw new InvalidOperationException("The engine failed.", exception);

    public void Fill(Span<byte> octets) => octets.Fill(7);

    public ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Position += head.Length + body.Length;
        return ++_lastId;
    }

    public void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => Position += head.Length + body.Length;

    public void Remove(ulong id) => Position++;

    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets) => throw new InvalidOperationException("Nothing is ever out of memory.");

    public void SetAside(ShortString queue, ulong recordId) => throw new InvalidOperationException("Nothing is ever out of memory.");

    public void Dispose() => Frames.Dispose();
}

/// <summary>One persistent message after the other: published, kept in two queues, delivered from one and taken from both, settled and confirmed.</summary>
internal sealed class PersistentRoad
{
    private readonly BrokerEngine _engine;
    private readonly SilentEffects _effects;
    private readonly ReadOnlyMemory<byte>[] _publish;
    private readonly byte[] _ack = new byte[13];
    private ulong _tag;

    public PersistentRoad(BrokerEngine engine, SilentEffects effects)
    {
        (_engine, _effects) = (engine, effects);
        engine.Step(Command.Opened(new ConnectionId(0), new ConnectionSettings { User = "guest", ChannelMax = 10, FrameMax = 131072 }), DateTimeOffset.UnixEpoch);
        Send(default(ChannelOpen));
        Send(new QueueDeclare("q", Durable: true));
        Send(new QueueDeclare("r", Durable: true));
        Send(new QueueBind("q", "amq.direct", "both"));
        Send(new QueueBind("r", "amq.direct", "both"));
        Send(new BasicConsume("q", "q"));
        Send(new BasicConsume("r", "r"));
        Send(default(ConfirmSelect));
        Persist();
        using var buffer = new FrameBuffer();
        buffer.WriteContent(1, new BasicPublish("", "q"), new BasicProperties { DeliveryMode = 2 }, "body"u8, 131072);
        buffer.WriteContent(1, new BasicPublish("amq.direct", "both"), new BasicProperties { DeliveryMode = 2 }, "body"u8, 131072);
        _publish = FramesOf(buffer);
    }

    public void Run()
    {
        foreach (var payload in _publish)
            _engine.Step(Command.Received(new ConnectionId(0), FrameOf(payload)), DateTimeOffset.UnixEpoch);
        _engine.EndBatch();
        _tag += 3;
        _ack[1] = 60;
        _ack[3] = 80;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(_ack.AsSpan(4), _tag);
        _ack[12] = 1; // All of them.
        _engine.Step(Command.Received(new ConnectionId(0), new Frame(FrameType.Method, 1, _ack)), DateTimeOffset.UnixEpoch);
        Persist();
    }

    private void Persist()
    {
        _engine.EndBatch();
        _engine.Step(Command.Persisted(_effects.Position), DateTimeOffset.UnixEpoch);
        _engine.EndBatch();
        _effects.Frames.Clear();
    }

    private void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod
    {
        using var buffer = new FrameBuffer();
        buffer.WriteMethod(1, method);
        foreach (var frame in FramesOf(buffer))
            _engine.Step(Command.Received(new ConnectionId(0), FrameOf(frame)), DateTimeOffset.UnixEpoch);
    }

    private static ReadOnlyMemory<byte>[] FramesOf(FrameBuffer buffer)
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        var octets = buffer.Written.ToArray();
        for (var start = 0; start < octets.Length;)
        {
            var length = 8 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(octets.AsSpan(start + 3));
            frames.Add(octets.AsMemory(start, length));
            start += length;
        }
        return [.. frames];
    }

    private static Frame FrameOf(ReadOnlyMemory<byte> octets) => new((FrameType)octets.Span[0], 1, octets[7..^1]);
}
