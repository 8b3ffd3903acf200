using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>What the broker allocates where it rewrites a message's headers: a small multiple of their octets, however many fields those are.</summary>
public sealed class HeaderOctetsTests : IDisposable
{
    private const int Fields = 40_000; // Of three octets each: a name of one, a value of none. More do not fit into a frame.
    private const int Multiple = 6;

    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public HeaderOctetsTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_death_costs_a_small_multiple_of_the_headers()
    {
        const int deaths = 10;
        for (var i = 0; i < deaths; i++)
            _channel.DeclareQueue($"q{i}", arguments: FieldTable.Create(("x-message-ttl", 0), ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", $"q{i + 1}")));
        _channel.DeclareQueue($"q{deaths}");

        var octets = Allocated(() => _channel.Publish("x", "q0", properties: Many())) - Allocated(() => _channel.Publish("x", "q0"));

        Assert.Equal(2, _broker.Queue($"q{deaths}").Ready);
        Assert.InRange(octets, 0, (deaths + 1) * Multiple * 3L * Fields);
    }

    [Fact]
    public void A_delivery_count_costs_a_small_multiple_of_the_headers()
    {
        const int deliveries = 10;
        _channel.DeclareQueue("q", durable: true, arguments: FieldTable.Create(("x-queue-type", "quorum")));
        _channel.Publish("x", "q", properties: Many());
        GetAndReject();

        var octets = Allocated(() =>
        {
            for (var i = 0; i < deliveries; i++)
                GetAndReject();
        });

        Assert.InRange(octets, 0, deliveries * Multiple * 3L * Fields);

        void GetAndReject() => _channel.Send(new BasicReject(_channel.Get("q")!.Value.Get.DeliveryTag, Requeue: true));
    }

    [Fact]
    public void Fields_are_sorted_by_name_and_those_of_one_name_keep_their_order()
    {
        var table = FieldTable.Create(("b", 1), ("a", 2), ("", null), ("b", 0), ("ab", "x"), ("a", 1L));
        var sorted = SortedTable.Of(table);

        Assert.Equal(FieldTable.Create(("", null), ("a", 2), ("a", 1L), ("ab", "x"), ("b", 1), ("b", 0)), sorted);
        Assert.Equal(sorted, SortedTable.Of(sorted));
        Assert.True(SortedTable.Of(default).IsEmpty);
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // In no order, so that they have to be sorted.
    private static BasicProperties Many()
    {
        var octets = new byte[3 * Fields];
        for (var i = 0; i < Fields; i++)
            (octets[3 * i], octets[(3 * i) + 1], octets[(3 * i) + 2]) = (1, (byte)('z' - (i % 26)), (byte)FieldType.Void);
        return new BasicProperties { Headers = FieldTable.FromOctets(octets) };
    }
}
