using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class FailureTests : IDisposable
{
    private readonly EngineHarness _broker = new() { Failures = [] };
    private readonly InvalidOperationException _failure = new("we are wrong");
    private readonly TestChannel _channel;

    public FailureTests() => _channel = _broker.OpenChannel();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_failure_that_comes_again_while_the_connection_is_closed_ends_it_all_the_same()
    {
        var other = _broker.OpenChannel();
        other.DeclareQueue("mine", exclusive: true);

        other.Connection.Failure = _failure;
        other.Send(new BasicQos(0, 1, false));

        Assert.Equal([(other.Connection.Id, _failure), (other.Connection.Id, _failure)], _broker.Failures!);
        Assert.True(other.Connection.IsClosed);
        Assert.False(_broker.QueueExists("mine"));
        _channel.DeclareQueue("mine");
    }

    [Fact]
    public void A_failure_among_the_leftovers_keeps_nobody_elses_from_being_done()
    {
        _channel.DeclareQueue("dead");
        _channel.DeclareQueue("q", arguments: FieldTable.Create(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead"), ("x-message-ttl", 1000)));
        var broken = _broker.OpenChannel();
        broken.Consume("dead", noAck: true);
        _channel.Publish("first", "q");
        _channel.Publish("second", "q");

        broken.Connection.Failure = _failure;
        _broker.AdvanceWhenDue(TimeSpan.FromSeconds(1));
        broken.Connection.Lose();

        Assert.All(_broker.Failures!, failed => Assert.Equal((null, _failure), failed));
        Assert.NotEmpty(_broker.Failures!);
        Assert.Equal(0, _broker.Queue("q").Ready);
        _channel.Publish("third", "dead");
        Assert.Equal("third", Assert.Single(_channel.Drain("dead")));
    }
}
