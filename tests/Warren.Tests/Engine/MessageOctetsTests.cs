using System.Buffers.Binary;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>What counts as memory: everything that a message takes, from its first frame to its last reference.</summary>
public sealed class MessageOctetsTests : IDisposable
{
    private const int PerMessage = 160;

    private readonly EngineHarness _broker = new();
    private readonly TestChannel _channel;

    public MessageOctetsTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("q");
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_message_counts_until_nobody_holds_it()
    {
        _channel.Publish(new string('x', 10_000), "q");
        Assert.InRange(_broker.Engine.MessageOctets, 10_000, 20_000 + PerMessage);

        var tag = _channel.Get("q")!.Value.Get.DeliveryTag;
        Assert.InRange(_broker.Engine.MessageOctets, 10_000, 20_000 + PerMessage); // The client holds it.
        _channel.Send(new BasicAck(tag));

        Assert.Equal(0, _broker.Engine.MessageOctets);
    }

    [Fact]
    public void One_message_in_many_queues_counts_once()
    {
        for (var i = 0; i < 10; i++)
            _channel.Bind(_channel.DeclareQueue(), "amq.fanout");

        _channel.Publish(new string('x', 10_000), "", "amq.fanout");

        Assert.InRange(_broker.Engine.MessageOctets, 10_000, 20_000 + PerMessage);
    }

    [Fact]
    public void What_a_transaction_has_published_counts_before_its_commit_and_not_after_its_rollback()
    {
        _channel.Ask<TxSelect, TxSelectOk>(default);
        for (var i = 0; i < 10; i++)
            _channel.Publish(new string('x', 10_000), "q");
        Assert.InRange(_broker.Engine.MessageOctets, 100_000, 200_000 + (10 * PerMessage));

        _channel.Ask<TxRollback, TxRollbackOk>(default);

        Assert.Equal(0, _broker.Engine.MessageOctets);
    }

    [Fact]
    public void B76_The_parts_of_an_unfinished_body_count_and_go_with_their_channel()
    {
        Begin(_channel, bodyLength: 1_000_000);
        _channel.Connection.SendFrame(FrameType.Body, 1, new byte[100_000]);
        Assert.InRange(_broker.Engine.MessageOctets, 100_000, 200_000 + PerMessage);

        _channel.Connection.Lose();

        Assert.Equal(0, _broker.Engine.MessageOctets);
    }

    [Fact]
    public void B74_Bodies_that_are_announced_and_do_not_come_take_4_KiB_a_channel()
    {
        const int channels = 2046;
        for (ushort number = 2; number <= channels + 1; number++)
        {
            var channel = _channel.Connection.OpenChannel(number);
            Begin(channel, bodyLength: 16 * 1024 * 1024);
            channel.Connection.SendFrame(FrameType.Body, number, 65);
            Assert.True(_broker.Engine.IsMidContent(channel.Connection.Id));
        }

        Assert.InRange(_broker.Engine.MessageOctets, channels, channels * (4096L + PerMessage));
    }

    [Fact]
    public void B74_A_publish_is_unfinished_from_its_method_to_its_last_frame()
    {
        _channel.Send(new BasicPublish("", "q"));
        Assert.True(_broker.Engine.IsMidContent(_channel.Connection.Id));
        Header(_channel, 2);
        _channel.Connection.SendFrame(FrameType.Body, 1, 65);
        Assert.True(_broker.Engine.IsMidContent(_channel.Connection.Id));

        _channel.Connection.SendFrame(FrameType.Body, 1, 65);

        Assert.False(_broker.Engine.IsMidContent(_channel.Connection.Id));
        _channel.Publish("", "q");
        Assert.False(_broker.Engine.IsMidContent(_channel.Connection.Id));
        Begin(_channel, bodyLength: 17_000_000); // Too large: the channel is closed.
        Assert.False(_broker.Engine.IsMidContent(_channel.Connection.Id));
    }

    private static void Begin(TestChannel channel, ulong bodyLength)
    {
        channel.Send(new BasicPublish("", "q"));
        Header(channel, bodyLength);
    }

    private static void Header(TestChannel channel, ulong bodyLength)
    {
        var payload = new byte[14];
        payload[1] = 60;
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), bodyLength);
        channel.Connection.SendFrame(FrameType.Header, channel.Number, payload);
    }
}
