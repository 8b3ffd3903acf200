using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Broker;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls.Server;

/// <summary>What a server does with Safe requests when something is in their way.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SafeServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly CallOptions Safe = new() { Mode = CallMode.Safe, Timeout = Minute };

    private readonly Workshop _workshop = new();
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client", new BusOptions { ReplyQueueExpiry = TimeSpan.FromSeconds(10) });
        _serving = await _broker.ConnectAsync("server");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _serving.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_copy_of_what_runs_now_waits_for_it_and_is_not_refused_for_a_full_server()
    {
        var runs = 0;
        await using var server = await _serving.ServeAsync("double", async (int n) =>
        {
            Interlocked.Increment(ref runs);
            await _broker.Time.Delay(TimeSpan.FromSeconds(1));
            return 2 * n;
        }, new ServeOptions { MaxInFlight = 1 });
        _broker.Connection("client").WhenItSendsRequest("double").Cut();

        var call = _client.CallAsync<int>("double", 21, Safe);
        await _broker.AdvanceUntilAsync(call, Minute);

        Assert.Equal(42, await call);
        Assert.Equal((1, 1), (runs, _serving.Statistics.DuplicateRequests));
    }

    [Theory]
    [InlineData("known", 1, "stored")]
    [InlineData("unknown", 1, "ResourceExhausted NotExecuted")]
    [InlineData("unknown", 2, "ResourceExhausted MaybeExecuted")]
    public async Task A_full_server_answers_what_it_has_answered_and_knows_nothing_of_earlier_copies(string callId, int attempt, string expected)
    {
        var store = new MemoryReplyStore();
        await store.StoreAsync("known", StoredReply.Of("stored"), default);
        var release = new TaskCompletionSource();
        await using var server = await _serving.ServeAsync("full", async (int n) =>
        {
            await release.Task;
            return n;
        }, new ServeOptions { MaxInFlight = 1, Replies = store });
        var first = _client.CallAsync<int>("full", 1);
        await _broker.SettleAsync();
        await using var foreign = await ForeignCaller.StartAsync(_broker);

        await foreign.SendAsync("", "full", "2", callId, attempt);
        await _broker.SettleAsync();

        Assert.Equal(expected, await foreign.NextAsync());
        release.SetResult();
        Assert.Equal(1, await first);
    }

    [Theory]
    [InlineData(false, 1, RpcOutcome.NotExecuted)]
    [InlineData(true, 1, RpcOutcome.MaybeExecuted)]
    [InlineData(false, 2, RpcOutcome.MaybeExecuted)]
    public void What_comes_too_late_may_have_run_if_it_is_not_the_first_copy(bool redelivered, int attempt, RpcOutcome expected)
    {
        var properties = new BasicProperties
        {
            DeliveryMode = 2, MessageId = "m", Headers = FieldTable.Create(("rpc-timeout-ms", 1), ("rpc-attempt", attempt)),
        };
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        var time = new VirtualTime();
        var item = new ServerItem(null!, 1, 0, redelivered, PropertiesView.Read(octets), default, null, Arrival.Now(time));
        time.Advance(TimeSpan.FromSeconds(1));

        var fault = new Admission(new ServedBy("q", null!, new ServeOptions(), time, new RunningRequests(time), new MethodStatistics(time)), new Counters()).WhyNot(item, null, item.BudgetAt(time.GetTimestamp(), time));

        Assert.Equal((RpcStatus.DeadlineExceeded, expected), (fault!.Value.Status, fault.Value.Outcome));
    }

    [Fact]
    public async Task Whoever_finds_a_server_of_a_contract_can_call_it_in_Safe_mode_too()
    {
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);

        _broker.Transcript.ShouldContainInOrder(
            "server <- queue.declare-ok queue='rpc.workshop.safe'",
            "server -> queue.bind*exchange='warren.rpc.control'");
    }

    [Fact]
    public async Task A_reply_that_the_broker_does_not_take_is_sent_again()
    {
        var runs = 0;
        await using var server = await _serving.ServeAsync("increment", (int n) => Interlocked.Increment(ref runs) + n, new ServeOptions { Prefetch = 1 });
        await using var foreign = await ForeignCaller.StartAsync(_broker, ("x-max-length", 1), ("x-overflow", "reject-publish"));
        await foreign.Channel.PublishAsync("", foreign.Replies, "in the way"u8.ToArray());

        await foreign.SendAsync("", "increment", "1", "m", attempt: 1);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicAck, Message.Direction: WireDirection.Sent });
        Assert.Equal("in the way", await foreign.NextAsync());
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal("2", await foreign.NextAsync());
        Assert.Equal((1, 1), (runs, _serving.Statistics.RequestsServed));
        Assert.Contains(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicAck, Message.Direction: WireDirection.Sent });
    }

    [Fact]
    public async Task A_reply_that_is_not_confirmed_for_long_goes_out_once_more_by_another_channel()
    {
        var runs = 0;
        await using var server = await _serving.ServeAsync("increment", (int n) => Interlocked.Increment(ref runs) + n);
        _broker.Connection("server").WhenItReceivesConfirm().Drop();
        var call = _client.CallAsync<int>("increment", 1, Safe);
        await _broker.AdvanceUntilAsync(call, Minute);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.DoesNotContain(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicAck, Message.Direction: WireDirection.Sent });

        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.Contains(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicAck, Message.Direction: WireDirection.Sent });
        Assert.Equal((2, 1), (await call, runs));
        Assert.Equal(1, _client.Statistics.DuplicateReplies);
        Assert.Equal(3, await CallAgainAsync());

        async Task<int> CallAgainAsync()
        {
            var again = _client.CallAsync<int>("increment", 1, Safe);
            await _broker.AdvanceUntilAsync(again, Minute);
            return await again;
        }
    }

    [Fact]
    public async Task A_reply_queue_whose_end_nobody_tells_is_missed_and_its_calls_are_sent_again()
    {
        _workshop.OnWork = async (n, _) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(2));
            return n;
        };
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var call = _client.Client<IWorkshop>(Safe).Work(5);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        _broker.Connection("client").WhenItReceives(message => message.Method == MethodId.BasicCancel).Drop();

        _broker.Connection("client").DeleteReplyQueue();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(4)); // The reply found no queue.
        Assert.False(call.IsCompleted);
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(20));

        Assert.Equal((5, 1), (await call, _workshop.Runs));
        _broker.AllFaultsShouldHaveHappened();
    }

    [Theory]
    [InlineData(MethodId.QueueDeclare)] // The passive one.
    [InlineData(MethodId.BasicConsume)]
    public async Task A_reply_queue_that_does_not_answer_after_a_reconnect_is_given_up_for_another_one(MethodId silent)
    {
        _workshop.OnWork = async (n, _) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(2));
            return n;
        };
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var call = _client.Client<IWorkshop>(Safe).Work(5);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        _broker.Connection("client").WhenItSends(message => message.Method == silent).Drop();

        _broker.Connection("client").Cut();
        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(12));

        Assert.Equal((5, 1), (await call, _workshop.Runs));
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task A_reply_queue_that_does_not_answer_while_calls_wait_is_given_up_for_another_one()
    {
        var runs = 0;
        await using var server = await _serving.ServeAsync("increment", (int n) => Interlocked.Increment(ref runs) + n);
        _broker.Connection("client").WhenItReceivesReply().Drop();
        var call = _client.CallAsync<int>("increment", 1, Safe);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        _broker.Connection("client").WhenItSends(message => message.Method == MethodId.QueueDeclare).Times(2).Drop();

        await _broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(30));

        Assert.Equal((2, 1), (await call, runs));
        _broker.AllFaultsShouldHaveHappened();
    }

    [Fact]
    public async Task A_reply_that_nobody_waits_for_any_more_is_given_up_and_holds_up_nothing()
    {
        await using var server = await _serving.ServeAsync("increment", (int n) => n + 1, new ServeOptions { Prefetch = 1 });
        await using var foreign = await ForeignCaller.StartAsync(_broker, ("x-max-length", 1), ("x-overflow", "reject-publish"));
        await foreign.Channel.PublishAsync("", foreign.Replies, "in the way"u8.ToArray());
        await foreign.SendAsync("", "increment", "1", "m", attempt: 1);

        await _broker.AdvanceAsync(Minute + TimeSpan.FromSeconds(2));

        var next = _client.CallAsync<int>("increment", 1, Safe);
        await _broker.AdvanceUntilAsync(next, Minute);
        Assert.Equal(2, await next);
    }

    [Fact]
    public async Task A_cancelled_Safe_call_of_a_contract_fires_the_token_of_its_handler()
    {
        var fired = NoticeCancelledWork();
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        using var cancellation = new CancellationTokenSource();
        var call = _client.Client<IWorkshop>(Safe).Work(1, cancellation.Token);
        await _broker.SettleAsync();

        await cancellation.CancelAsync();
        await _broker.SettleAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(fired.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_Safe_callers_handler_runs_on_until_its_reply_queue_is_gone()
    {
        var fired = NoticeCancelledWork();
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var dying = await _broker.ConnectAsync("dying", new BusOptions { ReplyQueueExpiry = TimeSpan.FromSeconds(30) });
        var call = dying.Client<IWorkshop>(Safe with { Timeout = TimeSpan.FromHours(1) }).Work(1);
        await _broker.SettleAsync();

        await dying.DisposeAsync();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.False(fired.Task.IsCompleted); // It may come back.
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(15));

        Assert.True(fired.Task.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<RpcException>(() => call);
    }

    [Theory]
    [InlineData(3, 1)] // Away for a second: the server may have noticed, but has not given it up.
    [InlineData(8, 2)] // Away for longer, and the run was given up for it: it asks again, and is answered.
    public async Task A_caller_that_comes_back_to_find_its_reply_queue_deleted_gets_its_reply(int refusals, int runs)
    {
        _workshop.OnWork = async (n, token) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(20), token);
            return n;
        };
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        var call = _client.Client<IWorkshop>(Safe with { Timeout = 5 * Minute }).Work(1);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));
        var replyQueue = _broker.Transcript.Entries.First(entry => entry is { Connection: "client", Message.IsRequest: true }).Message!.Properties.ReplyTo!.Value.ToString();
        await using var foreign = await ForeignCaller.StartAsync(_broker);

        _broker.Connection("client").RefuseNext(refusals);
        _broker.Connection("client").Cut();
        await foreign.Channel.DeleteQueueAsync(replyQueue);
        await _broker.AdvanceUntilAsync(call, 5 * Minute);

        Assert.Equal(1, await call);
        Assert.Equal(runs, _workshop.Runs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_its_caller_has_cancelled_is_called_so(bool isSafe)
    {
        NoticeCancelledWork();
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop);
        await using var foreign = await ForeignCaller.StartAsync(_broker);
        await foreign.SendAsync("warren.rpc", isSafe ? "rpc.workshop.safe" : "rpc.workshop", "{\"n\":1}", isSafe ? "m" : null, attempt: 1);
        await _broker.SettleAsync();

        await foreign.Channel.PublishAsync("warren.rpc.control", isSafe ? "rpc.workshop.safe" : "rpc.workshop", default, ControlMessage.Cancel(ForeignCaller.Id, foreign.Replies));
        await _broker.SettleAsync();

        Assert.Equal("Cancelled Executed", await foreign.NextAsync());
    }

    [Fact]
    public async Task What_a_stopping_server_cannot_finish_is_run_by_another()
    {
        NoticeCancelledWork();
        await using var other = await _broker.ConnectAsync("other");
        var first = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { DrainTime = TimeSpan.FromSeconds(3) });
        var call = _client.Client<IWorkshop>(Safe).Work(1);
        await _broker.SettleAsync();
        var second = new Workshop { OnWork = (n, _) => Task.FromResult(10 * n) };
        await using var next = await other.ServeAsync<IWorkshop>(second);

        var stopping = first.StopAsync();
        await _broker.AdvanceUntilAsync(call, Minute);
        await _broker.AdvanceUntilAsync(stopping, Minute);

        Assert.Equal(10, await call);
        Assert.Equal((1, 1), (_workshop.Runs, second.Runs));
        Assert.Equal(TimeSpan.FromSeconds(3), _broker.Time.Elapsed);
    }

    [Fact]
    public async Task A_reply_that_is_not_confirmed_holds_up_a_stop_no_longer_than_its_drain_time_and_the_request_goes_back()
    {
        var server = await _serving.ServeAsync("increment", (int n) => n + 1, new ServeOptions { DrainTime = TimeSpan.FromSeconds(3) });
        _broker.Connection("server").WhenItReceivesConfirm().Always().Drop();
        var call = _client.CallAsync<int>("increment", 1, Safe);
        await _broker.AdvanceUntilAsync(call, Minute);
        Assert.Equal(2, await call);

        var stopping = server.StopAsync();
        await _broker.AdvanceUntilAsync(stopping, Minute);
        await stopping;

        Assert.Equal(TimeSpan.FromSeconds(3), _broker.Time.Elapsed);
        Assert.Contains(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicNack, Message.Direction: WireDirection.Sent });
        Assert.DoesNotContain(_broker.Transcript.Entries, entry => entry is { Connection: "server", Message.Method: MethodId.BasicAck, Message.Direction: WireDirection.Sent });
    }

    [Fact]
    public async Task A_handler_that_finds_its_work_done_by_another_server_answers_with_what_that_one_stored()
    {
        var store = new MemoryReplyStore();
        await using var server = await _serving.ServeAsync("pay", async (int n) =>
        {
            await store.StoreAsync(RequestContext.Current!.CallId, StoredReply.Of("70"), default); // The other server commits, this one was too slow.
            return n > 0 ? throw new InvalidOperationException("unique key") : n;
        }, new ServeOptions { Replies = store });

        var call = _client.CallAsync<int>("pay", 7, Safe);
        await _broker.AdvanceUntilAsync(call, Minute);

        Assert.Equal(70, await call);
    }

    [Fact]
    public async Task A_store_that_fails_gives_requests_back_after_a_pause()
    {
        var store = new FailingStore();
        await using var server = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { Replies = store });
        var call = _client.Client<IWorkshop>(Safe).Work(5);

        await _broker.SettleAsync();
        Assert.Equal(1, store.Asked);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.InRange(store.Asked, 4, 8); // 100 ms, 200, 400 and so on, or half of that.
        Assert.False(call.IsCompleted);
        store.IsBroken = false;
        await _broker.AdvanceUntilAsync(call, Minute);

        Assert.Equal(5, await call);
        Assert.Equal(1, _workshop.Runs);
    }

    [Fact]
    public async Task A_stop_waits_for_no_pause()
    {
        var server = await _serving.ServeAsync<IWorkshop>(_workshop, new ServeOptions { Replies = new FailingStore() });
        var call = _client.Client<IWorkshop>(Safe).Work(5);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(8));

        var before = _broker.Time.Elapsed;
        var stopping = server.StopAsync();
        await _broker.SettleAsync();

        Assert.True(stopping.IsCompletedSuccessfully);
        Assert.Equal(before, _broker.Time.Elapsed);
        await _broker.AdvanceUntilAsync(call, Minute + Minute);
        await Assert.ThrowsAsync<RpcException>(() => call);
    }

    private TaskCompletionSource NoticeCancelledWork()
    {
        var fired = new TaskCompletionSource();
        _workshop.OnWork = async (n, token) =>
        {
            await using var registration = token.Register(() => fired.TrySetResult());
            await _broker.Time.Delay(Timeout.InfiniteTimeSpan, token);
            return n;
        };
        return fired;
    }

    private sealed class FailingStore : IReplyStore
    {
        private readonly MemoryReplyStore _inner = new();
        private int _asked;

        public int Asked => _asked;

        public bool IsBroken { get; set; } = true;

        public ValueTask<StoredReply?> FindAsync(string callId, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return IsBroken ? throw new IOException("the database is away") : _inner.FindAsync(callId, cancellationToken);
        }

        public ValueTask StoreAsync(string callId, StoredReply reply, CancellationToken cancellationToken) => _inner.StoreAsync(callId, reply, cancellationToken);
    }

    /// <summary>Writes requests by hand, and reads what comes.</summary>
    private sealed class ForeignCaller(AmqpConnection connection, AmqpChannel channel, ShortString replies) : IAsyncDisposable
    {
        public static readonly CorrelationId Id = new(7, 9);

        public AmqpChannel Channel => channel;

        public ShortString Replies => replies;

        public static async Task<ForeignCaller> StartAsync(TestBroker broker, params (string, object)[] arguments)
        {
            var connection = await AmqpConnection.ConnectAsync(broker.OptionsFor("foreign"));
            var channel = await connection.OpenChannelAsync();
            var queue = await channel.DeclareQueueAsync(exclusive: true, arguments: FieldTable.From(arguments.ToDictionary(argument => argument.Item1, argument => (object?)argument.Item2)));
            return new ForeignCaller(connection, channel, queue.Queue.ToOwned());
        }

        public async Task SendAsync(string exchange, string key, string body, string? callId, int attempt)
        {
            var properties = new BasicProperties
            {
                ReplyTo = replies,
                CorrelationId = Id.ToString(),
                Headers = FieldTable.Create(("rpc-timeout-ms", 60_000), ("rpc-attempt", attempt), ("rpc-method", "Work")),
            };
            if (callId is not null)
                properties = properties with { DeliveryMode = 2, MessageId = callId };
            await channel.PublishAsync(exchange, key, Encoding.UTF8.GetBytes(body), properties);
        }

        /// <summary>The next reply: a value, or status and outcome.</summary>
        public async Task<string> NextAsync()
        {
            var delivery = await channel.GetAsync(replies.ToString(), noAck: true);
            var text = Encoding.UTF8.GetString(Assert.IsType<Delivery>(delivery).Body.Span);
            return Fault.TryRead(delivery.Properties, out var fault) ? $"{fault.Status} {fault.Outcome}" : text;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
