using System.Text;
using Warren.Engine;
using KeptMessage = Warren.Engine.Message;

namespace Warren.Tests.Engine.Persistence;

/// <summary>Everything of an engine that has to survive, as text: two engines with the same text are the same after a crash.</summary>
internal static class DurableState
{
    public static string Of(BrokerEngine engine)
    {
        var text = new StringBuilder();
        foreach (var exchange in engine.Host.Exchanges.InOrder())
        {
            if (exchange.RecordId != 0)
                text.AppendLine($"exchange {exchange.Name} {exchange.Type.Name} {exchange.AutoDelete} {exchange.Internal} {HeaderText.Of(exchange.Arguments)}");
            foreach (var binding in exchange.Outgoing.Where(static binding => binding.RecordId != 0))
                text.AppendLine($"binding {exchange.Name} {binding.Destination.Name} {binding.RoutingKey} {HeaderText.Of(binding.Arguments)}");
            foreach (var held in ((exchange.Router as DelayedRouter)?.Held ?? []).Where(static held => held.Message.Kept.RecordId != 0))
                text.AppendLine($"held {exchange.Name} {held.DueTicks} {held.DelayMs} {Of(held.Message)}");
        }
        foreach (var queue in engine.Host.Queues.InOrder().Where(static queue => queue.Records is not null))
            Add(text, queue, engine);
        return text.ToString();
    }

    private static void Add(StringBuilder text, Warren.Engine.Queue queue, BrokerEngine engine)
    {
        text.AppendLine($"queue {queue.Name} {queue.Type} {queue.AutoDelete} {HeaderText.Of(queue.Arguments)}");
        var places = queue.Ready.Concat(queue.Keeper?.Delayed?.Waiting ?? []).Concat(HeldBy(engine, queue));
        foreach (var place in places.Where(place => place.Message is not { } message || queue.Records!.Keeps(message)).OrderBy(static place => place.Position))
            text.AppendLine($"  {Of(engine, queue, place)} came back {queue.Keeper?.DeliveryCounts?.CountedOf(place.Position)}");
        foreach (var letter in queue.Keeper?.Letters?.Letters ?? [])
        {
            var state = letter.State;
            text.AppendLine($"  letter {Of(letter.Message)} {state.Reason} {state.IsSent} {state.IsHeld} {state.History is not null} [{string.Join(',', state.Takers)}]");
        }
    }

    private static IEnumerable<WaitingMessage> HeldBy(BrokerEngine engine, Warren.Engine.Queue queue)
    {
        for (var i = 0; i < engine.Connections.Length; i++)
        {
            for (var channel = engine.Connections.At(i)?.NextChannel(0); channel is not null; channel = channel.Connection.NextChannel(channel.Number + 1))
            {
                for (var slot = 0; slot < channel.Unacknowledged.Slots; slot++)
                {
                    var delivery = channel.Unacknowledged.At(slot);
                    if (delivery.Message is not null && delivery.Queue == queue)
                        yield return new WaitingMessage(delivery.Message, 0, delivery.Position);
                }
            }
        }
    }

    // One that is out of memory is read for the text.
    private static string Of(BrokerEngine engine, Warren.Engine.Queue queue, WaitingMessage waiting)
    {
        if (waiting.Message is not null)
            return Of(waiting.Message);
        Assert.True(engine.Host.Pager!.TryRead(queue.Records!, waiting, out var message));
        var text = Of(message);
        message.Release();
        return text;
    }

    private static string Of(KeptMessage message) =>
        $"{Encoding.UTF8.GetString(message.Body)} {message.Exchange}/{message.RoutingKey} {message.PublishedAtTicks} {message.TimeToLiveTicks} {message.IsRoutedByKeyOnly} "
        + $"{Convert.ToHexString(message.Properties.Octets.Span)} {Convert.ToHexString(message.BlindCopyOctets)} {HeaderText.Of(message.Deaths?.WriteInto(default, Profile.V42) ?? default)}";
}
