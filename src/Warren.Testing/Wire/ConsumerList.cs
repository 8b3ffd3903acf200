using Warren.Amqp;

namespace Warren.Testing.Wire;

/// <summary>The consumers of a connection, as its frames tell.</summary>
internal sealed class ConsumerList
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Queue<string>> _asked = []; // The queues by channel; guarded by _gate, as the next.
    private readonly List<(ushort Channel, string Queue, string Tag)> _consumers = [];

    public void See(WireMessage message)
    {
        lock (_gate)
        {
            if (message.Method == MethodId.BasicConsume)
            {
                if (!_asked.TryGetValue(message.Channel, out var queues))
                    _asked[message.Channel] = queues = [];
                queues.Enqueue(message.Queue);
            }
            else if (message.Method == MethodId.BasicConsumeOk && _asked.TryGetValue(message.Channel, out var asked) && asked.TryDequeue(out var queue))
                _consumers.Add(((ushort)message.Channel, queue, message.ConsumerTag));
            else if (message.Method == MethodId.BasicCancel)
                _consumers.RemoveAll(consumer => consumer.Tag == message.ConsumerTag);
        }
    }

    public (ushort Channel, string Tag) On(string queue)
    {
        lock (_gate)
        {
            var index = _consumers.FindLastIndex(consumer => consumer.Queue == queue);
            if (index < 0)
                throw new FaultException($"It does not consume queue '{queue}', but: {(_consumers.Count == 0 ? "nothing" : string.Join(", ", _consumers.Select(consumer => $"'{consumer.Queue}'")))}.");
            return (_consumers[index].Channel, _consumers[index].Tag);
        }
    }
}
