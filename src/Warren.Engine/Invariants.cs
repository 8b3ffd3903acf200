namespace Warren.Engine;

/// <summary>What must hold between any two steps. Everything is counted anew and compared with the counts that the engine keeps.</summary>
internal static class Invariants
{
    /// <returns>The records that a journal has to have; null without a journal.</returns>
    public static IReadOnlyCollection<ulong>? Check(VirtualHost host, ConnectionTable connections)
    {
        var held = new List<Delivery>();
        var references = new Dictionary<Message, int>();
        for (var i = 0; i < connections.Length; i++)
        {
            if (connections.At(i) is not { } connection)
                continue;
            for (var channel = connection.NextChannel(0); channel is not null; channel = connection.NextChannel(channel.Number + 1))
                CheckChannel(channel, held, references);
        }
        foreach (var queue in host.Queues.InOrder())
            CheckQueue(queue, held, references, host.NowTicks);
        foreach (var router in host.DelayedRouters)
        {
            foreach (var one in router.Held)
                Refer(references, one.Message);
        }
        foreach (var (message, count) in references)
            Require(message.References == count, $"a message counts {message.References} references, has {count}");
        var pagedOut = host.Queues.InOrder().Sum(static queue => queue.Ready.Count(static waiting => waiting.Message is null));
        Require(pagedOut == host.Messages.PagedOut, $"{host.Messages.PagedOut} messages are counted out of memory, {pagedOut} are");
        return CheckRecords(host, held);
    }

    private static void CheckChannel(Channel channel, List<Delivery> held, Dictionary<Message, int> references)
    {
        var count = 0;
        var byConsumers = 0;
        for (var slot = 0; slot < channel.Unacknowledged.Slots; slot++)
        {
            var delivery = channel.Unacknowledged.At(slot);
            if (delivery.Message is null)
                continue;
            count++;
            byConsumers += delivery.Consumer is null ? 0 : 1;
            held.Add(delivery);
            Refer(references, delivery.Message);
        }
        Require(count == channel.Unacknowledged.Count, $"channel {channel.Number} counts {channel.Unacknowledged.Count} deliveries, holds {count}");
        Require(byConsumers == channel.Prefetched, $"channel {channel.Number} counts {channel.Prefetched} prefetched, holds {byConsumers}");
        Require(channel.IsOpen || (count == 0 && channel.Consumers.Count == 0), $"channel {channel.Number} is closed and still holds something");
        if (channel.Publisher.Unfinished is { } unfinished)
            Refer(references, unfinished);
        foreach (var message in channel.Transaction?.Messages ?? [])
            Refer(references, message);
    }

    private static void CheckQueue(Queue queue, List<Delivery> held, Dictionary<Message, int> references, long nowTicks)
    {
        var mine = held.FindAll(delivery => delivery.Queue == queue);
        Require(mine.Count == queue.UnacknowledgedCount, $"queue '{queue.Name}' counts {queue.UnacknowledgedCount} unacknowledged, has {mine.Count}");
        var positions = new HashSet<ulong>();
        foreach (var delivery in mine)
            Require(positions.Add(delivery.Position), $"queue '{queue.Name}' has delivered position {delivery.Position} twice");
        var ready = 0;
        var octets = 0L;
        foreach (var waiting in queue.Ready)
        {
            ready++;
            octets += waiting.BodyLength;
            if (waiting.Message is { } message)
                Refer(references, message);
            Require(positions.Add(waiting.Position), $"queue '{queue.Name}' has position {waiting.Position} ready and unacknowledged");
        }
        Require(ready == queue.ReadyCount, $"queue '{queue.Name}' counts {queue.ReadyCount} ready, has {ready}");
        Require(octets == queue.ReadyOctets, $"queue '{queue.Name}' counts {queue.ReadyOctets} octets, has {octets}");
        foreach (var waiting in queue.Keeper?.Delayed?.Waiting ?? [])
        {
            Refer(references, waiting.Message!);
            Require(positions.Add(waiting.Position), $"queue '{queue.Name}' has position {waiting.Position} delayed and elsewhere");
        }
        foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
            Refer(references, letter.Message);
        CheckRules(queue, nowTicks);
        foreach (var consumer in queue.Consumers.InOrder)
            CheckConsumer(queue, consumer, mine);
    }

    private static IReadOnlyCollection<ulong>? CheckRecords(VirtualHost host, List<Delivery> held)
    {
        if (host.Records is null)
            return null;
        var check = new RecordCheck(host.Records);
        check.AddTopology(host);
        foreach (var delivery in held)
            check.AddPlace(delivery.Queue, new WaitingMessage(delivery.Message!, 0, delivery.Position));
        foreach (var queue in host.Queues.InOrder())
        {
            foreach (var waiting in queue.Ready.Concat(queue.Keeper?.Delayed?.Waiting ?? []))
                check.AddPlace(queue, waiting);
            foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
                check.AddPlace(queue, new WaitingMessage(letter.Message, 0, letter.Position));
        }
        check.Finish(host);
        return check.Known;
    }

    private static void CheckRules(Queue queue, long nowTicks)
    {
        var expiresAtTicks = queue.FirstExpiresAtTicks;
        if (expiresAtTicks != Message.Unlimited)
        {
            var isWatched = queue.Keeper is { Expiry.IsSet: true } && queue.Keeper.Expiry.DueTicks <= Math.Max(expiresAtTicks, nowTicks + 1);
            Require(isWatched, $"nobody watches the head of queue '{queue.Name}'");
        }
        if (queue.Keeper is not { } keeper)
            return;
        if (keeper.Rules.Limit is { Overflow: Overflow.DropHead } limit)
        {
            var isWithin = queue.ReadyCount <= limit.MaxMessages && queue.ReadyOctets <= limit.MaxOctets;
            var isAboutToBe = keeper.Expiry.IsSet && keeper.Expiry.DueTicks <= nowTicks + 1; // Other rules have come, and the queue is long.
            Require(isWithin || isAboutToBe, $"queue '{queue.Name}' is over its limit");
        }
        if (keeper.Letters is { } letters)
        {
            Require(letters.Octets == letters.Letters.Sum(static letter => (long)letter.Message.BodyLength), $"queue '{queue.Name}' counts its dead letters wrongly");
            Require(letters.Count == 0 || letters.IsSet, $"nobody sends the dead letters of queue '{queue.Name}' again");
        }
        if (keeper.IdleEnd is { } idleEnd)
            Require(idleEnd.IsSet || queue.Consumers.Count > 0, $"nobody watches whether queue '{queue.Name}' is used");
    }

    private static void CheckConsumer(Queue queue, Consumer consumer, List<Delivery> mine)
    {
        var name = $"consumer '{consumer.Tag}' of queue '{queue.Name}'";
        var count = mine.FindAll(delivery => delivery.Consumer == consumer).Count;
        Require(count == consumer.Prefetched, $"{name} counts {consumer.Prefetched} deliveries, holds {count}");
        Require(consumer.IsReady || !consumer.CanTake, $"{name} could take a message and is not ready");
        Require(queue.ReadyCount == 0 || !consumer.CanTake || queue.Records is { IsHeldUp: true }, $"{name} could take a message and messages wait");
    }

    private static void Refer(Dictionary<Message, int> references, Message message) =>
        references[message] = references.GetValueOrDefault(message) + 1;

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"The engine contradicts itself: {what}.");
    }
}
