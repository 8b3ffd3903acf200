using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls.Server;

/// <summary>What must not end the server's process, nor its connection.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GuardTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly Workshop _workshop = new();
    private readonly LogNotes _log = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;
    private RpcServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await Bus.ConnectAsync(_broker.OptionsFor("server") with { LoggerFactory = _log }, new BusOptions { TimeProvider = _broker.Time });
        _server = await _serving.ServeAsync<IWorkshop>(_workshop);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _serving.DisposeAsync();
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Critical);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_fault_whose_data_cannot_travel_is_answered_without_them(CallMode mode)
    {
        var workshop = _client.Client<IWorkshop>(new CallOptions { Mode = mode, Timeout = Long });

        var call = workshop.Break(null); // Null where the type of the data has no question mark.
        await _broker.AdvanceUntilAsync(call, Long);

        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((RpcStatus.FailedPrecondition, RpcOutcome.Executed), (error.Status, error.Outcome));
        Assert.StartsWith("it is broken (its data could not be sent; the server's log has the reason under ", error.Detail, StringComparison.Ordinal);
        var id = error.Detail.TrimEnd(')').Split(' ')[^1];
        Assert.Contains(_log.Lines, line => line is { Level: LogLevel.Error, Failure: not null } && line.Text.Contains(id, StringComparison.Ordinal));
        Assert.Equal("tap", (await Assert.ThrowsAsync<RpcFaultException<Broken>>(() => workshop.Break("tap"))).Fault.Part);
        Assert.Equal(0, _serving.Statistics.Reconnects);
    }

    [Fact]
    public async Task More_credit_than_can_be_counted_is_taken_for_what_it_is()
    {
        var held = new TaskCompletionSource();
        _workshop.OnItem = async (n, _) =>
        {
            if (n == 2)
                await held.Task;
            return n;
        };
        await using var foreign = await AmqpConnection.ConnectAsync(_broker.OptionsFor("foreign"));
        var channel = await foreign.OpenChannelAsync();
        var replies = (await channel.DeclareQueueAsync(exclusive: true)).Queue;
        var id = new CorrelationId(1, 1);
        var headers = FieldTable.Create(("rpc-method", "Items"), ("rpc-timeout-ms", 60_000), ("rpc-credit", int.MaxValue));
        await channel.PublishAsync("warren.rpc", "rpc.workshop", "{\"count\":5}"u8.ToArray(), new BasicProperties { ReplyTo = replies, CorrelationId = id.ToString(), Headers = headers });
        await _broker.SettleAsync();

        for (var i = 0; i < 3; i++)
            await channel.PublishAsync("warren.rpc.control", "rpc.workshop", default, ControlMessage.Credit(id, replies, int.MaxValue));
        await _broker.SettleAsync();
        held.SetResult();
        await _broker.SettleAsync();
        await channel.PublishAsync("warren.rpc.control", "rpc.workshop", default, ControlMessage.Credit(id, replies, 1)); // The stream has ended.
        await _broker.SettleAsync();

        var parts = 0;
        while (await channel.GetAsync(replies.ToString(), noAck: true) is not null)
            parts++;
        Assert.Equal(6, parts); // Five items and the end.
        Assert.Equal((1, true), (_broker.Connection("server").Count, _serving.IsConnected));
    }

    [Fact]
    public async Task Giving_back_on_a_connection_that_closes_is_no_error()
    {
        await using var connection = await AmqpConnection.ConnectAsync(_broker.OptionsFor("closing"));
        var channel = await connection.OpenChannelAsync();
        var link = new ServerLink(null!, channel, new CallAddress("somewhere", isContract: false), "", _broker.Time, static () => { });
        var headers = new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", 1000)) };
        var item = new ServerItem(link, 1, link.Acks.Add(1), Redelivered: false, View(headers), default, null, Arrival.Now(_broker.Time));
        var goodbye = _broker.Connection("closing").WhenItSends(message => message.Method == MethodId.ConnectionClose).Hold();
        var closing = connection.CloseAsync();
        await _broker.SettleAsync();
        Assert.True(channel.IsOpen); // And yet nothing can be published.

        ReplySender.GiveBack(item);

        goodbye.Release();
        await closing;
    }

    [Fact]
    public void What_cannot_be_processed_ends_the_connection_that_it_came_by()
    {
        var sink = new Sink();
        var receiver = new Receiver(sink);
        byte[] heartbeat = [8, 0, 0, 0, 0, 0, 0, 0xCE];
        heartbeat.CopyTo(receiver.GetSpace());

        receiver.Advance(heartbeat.Length);
        receiver.Advance(0);

        Assert.IsType<ObjectDisposedException>(Assert.Single(sink.Ends));
    }

    private static PropertiesView View(BasicProperties properties)
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return PropertiesView.Read(octets);
    }

    private sealed class Sink : IFrameSink
    {
        public List<Exception?> Ends { get; } = [];

        public void Received(in Frame frame, ReceiveBuffer buffer) => throw new ObjectDisposedException("something of a consumer's");

        public void EndBatch()
        {
        }

        public void Refused(ProtocolException error) => Assert.Fail("It is not the peer that is wrong.");

        public void Ended(Exception? failure) => Ends.Add(failure);
    }
}
