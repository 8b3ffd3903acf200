using Warren.Engine;

namespace Warren.Simulation;

/// <summary>A hash of all that an engine must not forget: what is declared, and which records stand in which queue in which order.</summary>
internal sealed class StateImage
{
    private readonly List<(ulong Position, ulong Entry)> _places = [];
    private readonly Dictionary<Queue, List<(ulong Position, ulong Entry)>> _held = [];

    public ulong Of(BrokerEngine engine)
    {
        foreach (var places in _held.Values)
            places.Clear();
        for (var i = 0; i < engine.Connections.Length; i++)
        {
            for (var channel = engine.Connections.At(i)?.NextChannel(0); channel is not null; channel = channel.Connection.NextChannel(channel.Number + 1))
                AddHeld(channel);
        }
        var hash = 1UL;
        foreach (var queue in engine.Host.Queues.InOrder())
        {
            if (queue.Records is not null)
                hash = Mix.Of(Of(queue), hash);
        }
        return Mix.Of(OfExchanges(engine), hash);
    }

    private ulong Of(Queue queue)
    {
        _places.Clear();
        foreach (var waiting in queue.Ready)
            Add(_places, queue, waiting);
        foreach (var waiting in queue.Keeper?.Delayed?.Waiting ?? [])
            Add(_places, queue, waiting);
        foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
            Add(_places, queue, new WaitingMessage(letter.Message, 0, letter.Position));
        if (_held.TryGetValue(queue, out var held))
            _places.AddRange(held);
        _places.Sort();
        var hash = Mix.Of(queue.Records!.Id, Mix.Of(queue.Name.Span));
        foreach (var (_, entry) in _places)
            hash = Mix.Of(entry, hash);
        return hash;
    }

    private void AddHeld(Channel channel)
    {
        for (var slot = 0; slot < channel.Unacknowledged.Slots; slot++)
        {
            var delivery = channel.Unacknowledged.At(slot);
            if (delivery.Message is null || delivery.Queue.Records is null)
                continue;
            if (!_held.TryGetValue(delivery.Queue, out var places))
                _held.Add(delivery.Queue, places = []);
            Add(places, delivery.Queue, new WaitingMessage(delivery.Message, 0, delivery.Position));
        }
    }

    private static void Add(List<(ulong Position, ulong Entry)> places, Queue queue, in WaitingMessage waiting)
    {
        if (queue.Records!.EntryIdOf(waiting) is > 0 and var entry)
            places.Add((waiting.Position, entry));
    }

    private static ulong OfExchanges(BrokerEngine engine)
    {
        var hash = 1UL;
        foreach (var exchange in engine.Host.Exchanges.InOrder())
        {
            hash ^= exchange.RecordId == 0 ? 0 : Mix.Of(exchange.RecordId, 3);
            foreach (var binding in exchange.Outgoing)
                hash ^= binding.RecordId == 0 ? 0 : Mix.Of(binding.RecordId, 5);
            foreach (var held in (exchange.Router as DelayedRouter)?.Held ?? [])
            {
                var record = held.EntryId != 0 ? held.EntryId : held.Message.Kept.SolePlace == held ? held.Message.Kept.RecordId : 0;
                hash ^= record == 0 ? 0 : Mix.Of(record, 7);
            }
        }
        return hash;
    }
}
