using System.Buffers;
using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Chaos;

/// <summary>One connection through the proxy, and what its frames tell of it.</summary>
internal sealed class Relayed
{
    private readonly ChaosProxy _proxy;
    private readonly Socket _client;
    private readonly Socket _broker;
    private readonly Lane _toBroker;
    private readonly Lane _toClient;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _consumedQueues = []; // Guarded by _gate, as the rest.
    private readonly HashSet<(ushort Channel, string Tag)> _consumers = [];
    private readonly Dictionary<(ushort Channel, string Tag), TaskCompletionSource> _cancelling = [];
    private TaskCompletionSource? _spareClosed;
    private ushort _spareChannel;
    private volatile bool _isOpen;

    public Relayed(ChaosProxy proxy, Socket client, Socket broker)
    {
        _proxy = proxy;
        _client = client;
        _broker = broker;
        _toBroker = new Lane(this, client, broker, fromBroker: false);
        _toClient = new Lane(this, broker, client, fromBroker: true);
    }

    public async Task RunAsync()
    {
        await Task.WhenAll(_toBroker.PumpAsync(), _toClient.PumpAsync());
        _ended.SetResult();
    }

    public void Cut()
    {
        _client.Dispose();
        _broker.Dispose();
    }

    /// <summary>From now on what one side says is lost.</summary>
    public void Mute(bool fromBroker) => Of(fromBroker).Swallows = true;

    public void CutAfter(bool fromBroker, int octets) => Of(fromBroker).CutAfter(octets);

    public void Stall(bool stalls) => _toBroker.Stalls = _toClient.Stalls = stalls;

    /// <summary>Deletes the queues that the client consumes, in its own name, because nobody else may delete an exclusive one.</summary>
    public async Task DeleteConsumedQueuesAsync()
    {
        string[] queues;
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            queues = [.. _consumedQueues];
            _consumedQueues.Clear();
            _spareClosed = closed;
        }
        if (!_isOpen || queues.Length == 0)
            return;
        await _toBroker.InjectAsync(_spareChannel, default(ChannelOpen));
        foreach (var queue in queues)
            await _toBroker.InjectAsync(_spareChannel, new QueueDelete(queue, NoWait: true));
        await _toBroker.InjectAsync(_spareChannel, new ChannelClose(ReplyCode: 200));
        await Task.WhenAny(closed.Task, _ended.Task);
    }

    /// <summary>
    /// Cancels the client's consumers at the broker, and makes of the broker's consent the notice that it sends when it cancels by itself: the same
    /// frames in the same order as when a queue's node fails.
    /// </summary>
    public async Task CancelConsumersAsync()
    {
        (ushort Channel, string Tag)[] consumers;
        lock (_gate)
        {
            consumers = [.. _consumers];
            _consumers.Clear();
            foreach (var consumer in consumers)
                _cancelling[consumer] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        foreach (var (channel, tag) in consumers)
            await _toBroker.InjectAsync(channel, new BasicCancel(tag));
        Task[] waiting;
        lock (_gate)
            waiting = [.. _cancelling.Values.Select(cancelled => cancelled.Task)];
        await Task.WhenAny(Task.WhenAll(waiting), _ended.Task);
    }

    public CutPoint? CutPointAt(bool fromBroker, MethodId method) => _isOpen && _proxy.CutPoint is { } point && point.TryTake(fromBroker, method) ? point : null;

    /// <summary>Watches a frame; true when it is not for the other side as it is, because it answers what we have put between.</summary>
    public bool Answers(bool fromBroker, in Frame frame, MethodId method, IBufferWriter<byte> onward)
    {
        if (method == MethodId.None)
            return false;
        if (fromBroker && _isOpen && frame.Channel == _spareChannel)
        {
            if (method is MethodId.ChannelCloseOk or MethodId.ChannelClose)
            {
                lock (_gate)
                    _spareClosed?.TrySetResult();
            }
            return true;
        }
        switch (method)
        {
            case MethodId.ConnectionTuneOk:
                _spareChannel = MethodPayload.Read<ConnectionTuneOk>(frame.Payload).ChannelMax; // The highest, which the client comes to last.
                break;
            case MethodId.ConnectionOpenOk:
                _isOpen = true;
                break;
            case MethodId.BasicConsume:
                lock (_gate)
                    _consumedQueues.Add(MethodPayload.Read<BasicConsume>(frame.Payload).Queue.ToString());
                break;
            case MethodId.BasicConsumeOk:
                lock (_gate)
                    _consumers.Add((frame.Channel, MethodPayload.Read<BasicConsumeOk>(frame.Payload).ConsumerTag.ToString()));
                break;
            case MethodId.BasicCancel:
                lock (_gate)
                    _consumers.Remove((frame.Channel, MethodPayload.Read<BasicCancel>(frame.Payload).ConsumerTag.ToString()));
                break;
            case MethodId.BasicCancelOk:
                return IsOurs(frame.Channel, MethodPayload.Read<BasicCancelOk>(frame.Payload).ConsumerTag.ToString(), onward);
            case MethodId.ChannelClose:
                Forget(frame.Channel);
                break;
        }
        return false;
    }

    private bool IsOurs(ushort channel, string tag, IBufferWriter<byte> onward)
    {
        lock (_gate)
        {
            if (!_cancelling.Remove((channel, tag), out var cancelled))
                return false;
            cancelled.SetResult();
        }
        using var frames = new FrameBuffer();
        frames.WriteMethod(channel, new BasicCancel(tag, NoWait: true));
        onward.Write(frames.WrittenSpan);
        return true;
    }

    // A channel that is closed takes its consumers along, and an answer that we wait for on it.
    private void Forget(ushort channel)
    {
        lock (_gate)
        {
            _consumers.RemoveWhere(consumer => consumer.Channel == channel);
            foreach (var consumer in _cancelling.Keys.Where(consumer => consumer.Channel == channel).ToList())
            {
                _cancelling.Remove(consumer, out var cancelled);
                cancelled!.SetResult();
            }
        }
    }

    private Lane Of(bool fromBroker) => fromBroker ? _toClient : _toBroker;
}
