using Warren.Amqp;
using Warren.Testing;

namespace Warren.Tests.Testing;

[Collection(nameof(AloneCollection))]
public sealed class TranscriptTests
{
    [Fact]
    public async Task It_shows_a_call_from_the_request_to_the_acknowledgement()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");
        await using var server = await bus.ServeAsync("double", (int n) => 2 * n);

        Assert.Equal(42, await bus.CallAsync<int>("double", 21));
        await broker.SettleAsync();

        broker.Transcript.ShouldContainInOrder(
            "app <- connection.start",
            "app -> connection.start-ok",
            "app -> queue.declare queue='double'",
            "app -> basic.consume queue='double'",
            "app -> queue.declare queue='double' passive",
            "app <- queue.declare-ok queue='double' message_count=0 consumer_count=1",
            "app -> basic.publish exchange='' routing_key='double' mandatory content_type='text/plain'*reply_to=*headers={*rpc-timeout-ms=*} body='21'",
            "app <- basic.deliver*routing_key='double'*body='21'",
            "app -> basic.publish exchange='' routing_key=*body='42'",
            "app -> basic.ack");
        broker.Transcript.ShouldNotContain("basic.nack");
        var request = Assert.Single(broker.Transcript.Entries, entry => entry.Message is { Method: MethodId.BasicPublish, IsRequest: true });
        Assert.Equal(("app", 1, "21", 2L), (request.Connection, request.ConnectionNumber, request.Message!.BodyText, request.Message.BodyLength));
    }

    [Fact]
    public async Task It_tells_which_line_is_missing_and_behind_which()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");

        var error = Assert.Throws<TranscriptException>(() => broker.Transcript.ShouldContainInOrder("app -> connection.tune-ok", "app <- connection.start "));

        Assert.StartsWith("No line behind the one with \"app -> connection.tune-ok\" contains \"app <- connection.start \". The lines there:", error.Message, StringComparison.Ordinal);
        Assert.Contains("connection.open-ok", error.Message, StringComparison.Ordinal);
        Assert.Throws<TranscriptException>(() => broker.Transcript.ShouldNotContain("app*open-ok"));
    }

    [Fact]
    public async Task It_is_bounded()
    {
        await using var broker = await TestBroker.StartAsync(new TestBrokerOptions { TranscriptLimit = 10 });
        await using var bus = await broker.ConnectAsync("app");

        for (var i = 0; i < 10; i++)
            await bus.SendAsync("queue", "x");

        Assert.Equal(10, broker.Transcript.Entries.Count);
        Assert.True(broker.Transcript.Forgotten > 0);
        broker.Transcript.Clear();
        Assert.Empty(broker.Transcript.Entries);
    }

    [Fact]
    public async Task A_long_or_binary_body_is_cut_short()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");

        await bus.SendAsync("queue", new byte[300_000]);

        var sent = broker.Transcript.Entries.Single(entry => entry.Message is { Method: MethodId.BasicPublish }).Message!;
        Assert.Equal((300_000L, WireMessage.MostBodyOctets), (sent.BodyLength, sent.Body.Length));
        Assert.EndsWith($"body={new string('0', 120)}... (300000 octets)", sent.ToString(), StringComparison.Ordinal);
    }
}
