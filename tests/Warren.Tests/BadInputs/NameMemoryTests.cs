using Warren.Amqp;
using Warren.Tests.Broker;
using Warren.Tests.Testing;
using static Warren.Tests.BadInputs.Wire;

namespace Warren.Tests.BadInputs;

/// <summary>Alone, since it looks at the memory of the whole process.</summary>
[Collection(nameof(AloneCollection))]
public sealed class NameMemoryTests
{
    private readonly BrokerBench _bench = new();

    // Tables that only grow: of names, of labels, of decoded addresses.
    [Fact]
    public void V05_V19_names_that_come_and_go_leave_nothing()
    {
        var peer = _bench.OpenChannel();
        Name(peer, 0, 3000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Name(peer, 3000, 50_000);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2 * 1024 * 1024);
        GC.KeepAlive(_bench);
    }

    private static void Name(RawPeer peer, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            var name = $"a name that nobody has had before, number {i}";
            peer.Write(
            [
                .. Queue(name), .. Say(new ExchangeDeclare(name, "topic", NoWait: true)), .. Say(new QueueBind(name, name, $"{name}.#", true)),
                .. Say(new BasicConsume(name, name, NoAck: true, NoWait: true)),
                .. PublishTo(name, $"{name}.x", new BasicProperties { ReplyTo = $"amq.rabbitmq.reply-to.{name}", Type = name }),
                .. PublishTo("", $"amq.rabbitmq.reply-to.{name}"), .. Say(new BasicCancel(name, true)), .. Say(new QueueDelete(name, NoWait: true)),
                .. Say(new ExchangeDelete(name, NoWait: true)),
            ]);
            peer.Forget();
        }
    }
}
