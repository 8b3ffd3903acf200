using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>Rows 21, 144 and 145: connection.blocked and connection.unblocked, as the engine decides them.</summary>
public sealed class AlarmTests : IDisposable
{
    private readonly EngineHarness _broker = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Row_144_A_connection_is_blocked_by_the_header_of_its_first_publish()
    {
        var channel = _broker.OpenChannel();
        channel.DeclareQueue("q");
        channel.Publish("before", "q");

        SetAlarms(Alarms.Memory);
        channel.DeclareQueue("q"); // Everything but a publish goes on.
        Assert.False(channel.Connection.IsPaused);
        channel.Connection.Zero.ExpectNothing();

        channel.Send(new BasicPublish("", "q"));
        Assert.False(channel.Connection.IsPaused);
        channel.Connection.SendFrame(FrameType.Header, 1, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        Assert.True(channel.Connection.IsPaused);
        Assert.Equal("low on memory", channel.Connection.Zero.Expect<ConnectionBlocked>().Reason.ToString());
        Assert.Equal(2, _broker.Queue("q").Ready); // It had no body, so it was whole.
    }

    [Theory]
    [InlineData(Alarms.Memory, "low on memory")]
    [InlineData(Alarms.Disk, "low on disk")]
    [InlineData(Alarms.Memory | Alarms.Disk, "low on memory & disk")]
    public void Row_145_The_reason_names_every_alarm_that_stands(Alarms alarms, string reason)
    {
        var channel = _broker.OpenChannel();
        SetAlarms(alarms);

        channel.Publish("m", "q");

        Assert.Equal(reason, channel.Connection.Zero.Expect<ConnectionBlocked>().Reason.ToString());
    }

    [Fact]
    public void Row_145_Who_consumes_or_has_just_come_is_not_touched()
    {
        var publisher = _broker.OpenChannel();
        var consumer = _broker.OpenChannel();
        consumer.DeclareQueue("q");
        consumer.Consume("q");
        SetAlarms(Alarms.Disk);
        var late = _broker.OpenChannel();

        publisher.Publish("m", "q");
        consumer.Send(new BasicAck(consumer.ExpectDelivery("m")));
        late.DeclareQueue("other");

        Assert.True(publisher.Connection.IsPaused);
        foreach (var channel in (TestChannel[])[consumer, late])
        {
            Assert.False(channel.Connection.IsPaused);
            channel.Connection.Zero.ExpectNothing();
        }
        Assert.Equal(0, _broker.Queue("q").Unacknowledged);
    }

    [Fact]
    public void Row_145_A_client_without_the_capability_is_stopped_and_not_told()
    {
        var channel = _broker.Connect(takesBlocked: false).OpenChannel();
        SetAlarms(Alarms.Memory);
        channel.Publish("m", "q");
        Assert.True(channel.Connection.IsPaused);

        SetAlarms(Alarms.None);

        Assert.False(channel.Connection.IsPaused);
        channel.Connection.Zero.ExpectNothing();
    }

    [Fact]
    public void Row_144_A_connection_is_told_once_and_unblocked_when_the_last_alarm_ends()
    {
        var channel = _broker.OpenChannel();
        SetAlarms(Alarms.Memory);
        channel.Publish("1", "q");
        channel.Publish("2", "q"); // Both came in one batch.
        channel.Connection.Zero.Expect<ConnectionBlocked>();
        SetAlarms(Alarms.Memory | Alarms.Disk);
        SetAlarms(Alarms.Disk);
        channel.Connection.Zero.ExpectNothing();
        Assert.True(channel.Connection.IsPaused);

        SetAlarms(Alarms.None);

        Assert.False(channel.Connection.IsPaused);
        channel.Connection.Zero.Expect<ConnectionUnblocked>();
        channel.Publish("3", "q");
        channel.Connection.Zero.ExpectNothing();
    }

    [Fact]
    public void Every_later_alarm_blocks_anew()
    {
        var channel = _broker.OpenChannel();
        foreach (var alarm in (Alarms[])[Alarms.Memory, Alarms.Disk])
        {
            SetAlarms(alarm);
            Assert.False(channel.Connection.IsPaused);
            channel.Publish("m", "q");
            channel.Connection.Zero.Expect<ConnectionBlocked>();
            SetAlarms(Alarms.None);
            channel.Connection.Zero.Expect<ConnectionUnblocked>();
        }
    }

    [Fact]
    public void Row_19_A_blocked_connection_that_an_operator_closes_is_read_again_for_its_answer()
    {
        var channel = _broker.OpenChannel();
        SetAlarms(Alarms.Memory);
        channel.Publish("m", "q");
        channel.Connection.Zero.Expect<ConnectionBlocked>();

        _broker.Step(Command.Forced(channel.Connection.Id, "Closed via management plugin"));

        Assert.False(channel.Connection.IsPaused);
        channel.Connection.ExpectClose(ReplyCode.ConnectionForced, "Closed via management plugin");
    }

    [Fact]
    public void A_blocked_connection_that_is_lost_is_forgotten()
    {
        var channel = _broker.OpenChannel();
        SetAlarms(Alarms.Memory);
        channel.Publish("m", "q");
        channel.Connection.Lose();

        SetAlarms(Alarms.None);

        Assert.True(channel.Connection.IsPaused); // The host was told nothing of a connection that it has lost.
    }

    private void SetAlarms(Alarms alarms) => _broker.Step(Command.AlarmsChanged(alarms));
}
