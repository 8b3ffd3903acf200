using Warren.Amqp;
using Warren.Engine;
using Warren.Testing;

namespace Warren.Tests.Testing;

/// <summary>The faults of rpc.md, section 7, in virtual time.</summary>
[Collection(nameof(AloneCollection))]
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly CallOptions Fast = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly CallOptions Safe = Fast with { Mode = CallMode.Safe };

    private readonly List<int> _ran = [];
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;
    private RpcServer _server = null!;

    private TestConnection Client => _broker.Connection("client");

    private TestConnection Server => _broker.Connection("server");

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await _broker.ConnectAsync("server");
        _server = await _serving.ServeAsync("double", async (int n) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(1)); // Long enough for something to go wrong meanwhile.
            lock (_ran)
                _ran.Add(n);
            return 2 * n;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _serving.DisposeAsync();
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
        Assert.Equal(0, _client.Statistics.PendingCalls);
    }

    [Fact]
    public async Task R02_cut_after_the_write_before_the_confirm_Safe_does_not_notice()
    {
        Client.WhenItSendsRequest("double").Cut();

        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran); // It was sent twice and delivered twice, and ran once.
        Assert.Equal(2, _broker.Transcript.Entries.Count(entry => entry is { Connection: "client", Message: { IsRequest: true, Method: MethodId.BasicPublish } }));
        Assert.Equal(1, _client.Statistics.Reconnects);
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task R02_cut_after_the_write_Fast_is_unavailable_and_may_have_run()
    {
        Client.WhenItSendsRequest("double").Cut();

        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.SettleAsync();

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task R08_a_request_that_a_server_had_and_that_expired_later_may_have_been_executed()
    {
        var dying = await _broker.ConnectAsync("dying");
        var service = new EndlessWait(_broker.Time);
        await dying.ServeAsync<IEndlessWait>(service, new ServeOptions { DrainTime = TimeSpan.Zero });
        var call = _client.Client<IEndlessWait>(Safe).Wait();
        await _broker.SettleAsync();
        Assert.True(service.HasStarted);

        await dying.DisposeAsync(); // It goes back to the queue, where nobody takes it any more.
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        var error = await ExpectAsync(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted);
        Assert.Equal(
            "it expired while it waited in queue rpc.endless-wait.safe: queue rpc.endless-wait.safe has 0 consumers, 1 request waiting", error.Detail);
    }

    [Fact]
    public async Task R02_cut_before_the_write_Safe_sends_it_once()
    {
        Client.WhenItSendsRequest("double").CutBefore();

        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran);
    }

    [Fact]
    public async Task R03_cut_after_the_confirm_before_the_reply_Safe_finds_the_reply_waiting()
    {
        Client.WhenItReceivesConfirm().Cut();

        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran);
        _broker.Transcript.ShouldContainInOrder(
            "client -> basic.publish exchange='' routing_key='double' mandatory*body='21'",
            "client <- basic.ack",
            "client -- cut",
            "client -> basic.consume queue='warren.reply.",
            "server -> basic.publish*body='42'",
            "client <- basic.deliver*body='42'");
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task R03_cut_while_the_handler_runs_Fast_is_unavailable_and_may_have_run()
    {
        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.SettleAsync();

        Client.Cut();
        await _broker.SettleAsync();

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
    }

    [Fact]
    public async Task R04_a_broker_that_is_gone_for_a_while_costs_Safe_calls_only_time()
    {
        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.SettleAsync();

        Client.RefuseNext(4);
        Server.RefuseNext(4);
        _broker.CutAll();
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        Assert.Equal(42, await call);
        Assert.Equal((1, 1), (_client.Statistics.Reconnects, _serving.Statistics.Reconnects));
        Assert.True(_broker.Time.Elapsed > TimeSpan.FromSeconds(1));
        _broker.AllFaultsShouldHaveHappened();
    }

    // Both lose their connection and the queues go with the broker; the client is back first, when there is no service's queue yet.
    [Fact]
    public async Task R04_a_broker_that_has_lost_its_queues_and_whose_server_is_back_later_costs_Safe_calls_only_time()
    {
        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.SettleAsync();

        Client.DeleteReplyQueue();
        Server.DeleteQueue("double");
        Server.RefuseNext(4);
        _broker.CutAll();
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran);
        Assert.Equal(0, _client.Statistics.RequestsReturned);
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task R01_a_broker_that_stays_away_is_unavailable_at_the_deadline()
    {
        Client.RefuseNext(int.MaxValue);
        Client.Cut();
        await _broker.SettleAsync();

        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(30));

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task R11_a_late_reply_is_counted_and_dropped(CallMode mode)
    {
        var call = _client.CallAsync<int>("double", 21, new CallOptions { Timeout = TimeSpan.FromSeconds(0.5), Mode = mode });

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));

        await ExpectAsync(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted);
        Assert.Equal([21], _ran);
        Assert.Equal(1, _client.Statistics.LateReplies);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task R19_a_duplicate_reply_is_counted_and_dropped(CallMode mode)
    {
        Server.WhenItSendsReply().Twice();

        var call = _client.CallAsync<int>("double", 21, Fast with { Mode = mode });
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(30));
        await _broker.SettleAsync();

        Assert.Equal(42, await call);
        Assert.Equal(1, _client.Statistics.DuplicateReplies);
        var next = _client.CallAsync<int>("double", 22, Fast with { Mode = mode });
        await _broker.AdvanceUntilAsync(next, TimeSpan.FromSeconds(30));
        Assert.Equal(44, await next);
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task R24_a_half_open_connection_is_found_within_two_heartbeats_and_Safe_goes_on()
    {
        var call = _client.CallAsync<int>("double", 21, Safe with { Timeout = TimeSpan.FromMinutes(10) });
        await _broker.SettleAsync();

        Client.GoSilent();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(119));
        Assert.False(call.IsCompleted);
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(3));

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran);
    }

    [Fact]
    public async Task R24_a_half_open_connection_ends_Fast_calls_within_two_heartbeats()
    {
        var call = _client.CallAsync<int>("double", 21, Fast with { Timeout = TimeSpan.FromMinutes(10) });
        await _broker.SettleAsync();

        Client.GoSilent();
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(122));

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
    }

    [Fact]
    public async Task A_lost_acknowledgement_brings_a_Safe_request_again_and_its_reply_out_of_the_store()
    {
        var lost = Server.WhenItAcknowledges().Drop();
        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.AdvanceUntilAsync(call, Safe.Timeout!.Value);
        await lost.ShouldHappenAsync();

        Server.Cut();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(42, await call);
        Assert.Equal([21], _ran);
        Assert.Equal(1, _serving.Statistics.DuplicateRequests);
        Assert.Equal(1, _client.Statistics.DuplicateReplies);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_blocked_connection_holds_calls_back_until_it_is_unblocked(CallMode mode)
    {
        Assert.Equal(2, await WarmUpAsync(mode));
        Client.Block();
        var call = _client.CallAsync<int>("double", 21, Fast with { Mode = mode });
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal([1], _ran);

        Client.Unblock();
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(2));

        Assert.Equal(42, await call);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_connection_that_stays_blocked_says_so_at_the_deadline(CallMode mode)
    {
        Assert.Equal(2, await WarmUpAsync(mode));
        Client.Block("low on memory");
        var call = _client.CallAsync<int>("double", 21, Fast with { Mode = mode });

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(30));

        var error = await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        Assert.Contains("low on memory", error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task Row_144_An_alarm_of_the_broker_itself_holds_up_whoever_publishes_until_it_ends(CallMode mode)
    {
        Assert.Equal(2, await WarmUpAsync(mode));
        _broker.RaiseAlarm(Alarms.Memory | Alarms.Disk);
        await _broker.SettleAsync();
        Assert.DoesNotContain(_broker.Transcript.Entries, entry => entry.Message is { Method: MethodId.ConnectionBlocked }); // Nobody has published yet.

        var call = _client.CallAsync<int>("double", 21, Fast with { Mode = mode });
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal([1], _ran);
        var told = Assert.Single(_broker.Transcript.Entries, entry => entry.Message is { Method: MethodId.ConnectionBlocked });
        Assert.Equal("client", told.Connection);
        _broker.ClearAlarm(Alarms.Memory);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal([1], _ran);

        _broker.ClearAlarm(Alarms.Disk);
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(2));

        Assert.Equal(42, await call);
    }

    [Fact]
    public async Task A_reply_queue_that_is_deleted_ends_what_waits_and_comes_back()
    {
        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.SettleAsync();

        Client.DeleteReplyQueue();
        await _broker.SettleAsync();

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, await WarmUpAsync());
        Assert.Equal(0, _client.Statistics.Reconnects);
    }

    [Fact]
    public async Task A_server_whose_consumer_is_cancelled_comes_back()
    {
        Server.CancelConsumer("double");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(2, await WarmUpAsync());
        Assert.Equal(0, _serving.Statistics.Reconnects);
    }

    [Fact]
    public async Task What_is_held_back_goes_on_when_it_is_released()
    {
        var held = Client.WhenItReceivesReply().Hold();
        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.False(call.IsCompleted);

        held.Release();
        await _broker.SettleAsync();

        Assert.Equal(42, await call);
    }

    [Fact]
    public async Task A_confirm_that_is_delayed_delays_its_publisher()
    {
        Client.WhenItReceivesConfirm().Delay(TimeSpan.FromSeconds(3));

        var sending = _client.SendAsync("somewhere", "x");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2.9));
        Assert.False(sending.IsCompleted);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(0.1));

        Assert.True(sending.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_confirm_that_is_lost_is_a_time_out()
    {
        Client.WhenItReceivesConfirm().Drop();

        var sending = _client.SendAsync("somewhere", "x");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(10));

        await Assert.ThrowsAsync<TimeoutException>(() => sending);
    }

    [Fact]
    public async Task A_fault_can_wait_for_the_second_message()
    {
        var fault = Client.WhenItSends(message => message.Method == MethodId.BasicPublish && message.RoutingKey == "double").Nth(2).Drop();

        Assert.Equal(2, await WarmUpAsync());
        Assert.Equal(0, fault.Happened);
        var call = _client.CallAsync<int>("double", 21, Fast);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(30));

        await ExpectAsync(call, RpcStatus.DeadlineExceeded, RpcOutcome.MaybeExecuted);
        fault.ShouldHaveHappened();
        Assert.Equal([1], _ran);
    }

    [Fact]
    public async Task A_fault_that_never_happens_is_told_with_what_came_by()
    {
        var fault = Client.WhenItSendsRequest("duoble").Cut();
        Assert.Equal(2, await WarmUpAsync());

        var error = await Assert.ThrowsAsync<FaultException>(fault.ShouldHappenAsync);

        Assert.StartsWith("This fault has not happened: cut after what 'client' sends: a request to 'duoble'. What came by last:", error.Message, StringComparison.Ordinal);
        Assert.Contains("client -> basic.publish exchange='' routing_key='double' mandatory", error.Message, StringComparison.Ordinal);
        Assert.Throws<FaultException>(_broker.AllFaultsShouldHaveHappened);
    }

    [Fact]
    public void A_connection_that_does_not_exist_is_told_with_those_that_do()
    {
        var error = Assert.Throws<FaultException>(() => _broker.Connection("cleint").Cut());

        Assert.Equal("There is no connection 'cleint' at present. There are: 'client', 'server'.", error.Message);
        Assert.Throws<FaultException>(() => Client.WhenItReceivesReply().Hold().Release());
        Assert.Throws<FaultException>(() => Client.CancelConsumer("double"));
        Assert.Throws<FaultException>(Client.DeleteReplyQueue);
    }

    [Fact]
    public async Task A_connection_is_found_by_its_bus()
    {
        _broker.Connection(_client).Cut();
        await _broker.SettleAsync();

        Assert.False(_client.IsConnected);
        Assert.True(_serving.IsConnected);
    }

    private async Task<int> WarmUpAsync(CallMode mode = CallMode.Fast)
    {
        var call = _client.CallAsync<int>("double", 1, Fast with { Mode = mode });
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(30));
        return await call;
    }

    private static async Task<RpcException> ExpectAsync(Task call, RpcStatus status, RpcOutcome outcome)
    {
        Assert.True(call.IsCompleted);
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((status, outcome), (error.Status, error.Outcome));
        return error;
    }

    private sealed class EndlessWait(TestClock time) : IEndlessWait
    {
        public bool HasStarted { get; private set; }

        public Task Wait(CancellationToken cancellationToken = default)
        {
            HasStarted = true;
            return time.Delay(TimeSpan.FromHours(1), cancellationToken);
        }
    }
}

[RpcContract]
internal interface IEndlessWait
{
    Task Wait(CancellationToken cancellationToken = default);
}
