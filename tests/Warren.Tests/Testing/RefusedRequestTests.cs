using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Contracts;

namespace Warren.Tests.Testing;

/// <summary>Requests that the broker will not take: the guilty one alone pays, and hears why.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RefusedRequestTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Payload TooLarge = new byte[17 * 1024 * 1024];

    private readonly List<int> _ran = [];
    private TestBroker _broker = null!;
    private Bus _client = null!;
    private Bus _serving = null!;
    private RpcServer _server = null!;

    private TestConnection Client => _broker.Connection("client");

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _client = await _broker.ConnectAsync("client");
        _serving = await _broker.ConnectAsync("server");
        _server = await _serving.ServeAsync("double", async (int n) =>
        {
            await _broker.Time.Delay(TimeSpan.FromSeconds(1));
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
    public async Task R14_too_large_Fast_ends_the_guilty_call_and_what_was_written_behind_it()
    {
        await DoubleAsync(1, CallMode.Fast);
        var close = Client.WhenItReceives(message => message.Method == MethodId.ChannelClose).Hold();
        var before = CallAsync(2, CallMode.Fast);
        var guilty = CallAsync(TooLarge, CallMode.Fast);
        var behind = CallAsync(3, CallMode.Fast);
        await _broker.SettleAsync();

        close.Release();
        await _broker.SettleAsync();

        var error = await ExpectAsync(guilty, RpcStatus.InvalidArgument, RpcOutcome.NotExecuted);
        Assert.Equal("the request is too large: the broker takes 16777216 octets at most", error.Detail);
        await ExpectAsync(behind, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        await _broker.AdvanceUntilAsync(before, Limit);
        Assert.Equal(4, await before);
        await DoubleAsync(4, CallMode.Fast);
        Assert.Equal([1, 2, 4], _ran);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task R14_a_second_one_that_is_too_large_closes_no_channel(CallMode mode)
    {
        await DoubleAsync(1, mode);
        var first = CallAsync(TooLarge, mode);
        await _broker.AdvanceUntilAsync(first, Limit);
        await ExpectAsync(first, RpcStatus.InvalidArgument, RpcOutcome.NotExecuted);
        await DoubleAsync(2, mode);

        var second = CallAsync(TooLarge, mode);
        await _broker.AdvanceUntilAsync(second, Limit);

        await ExpectAsync(second, RpcStatus.InvalidArgument, RpcOutcome.NotExecuted);
        Assert.Single(_broker.Transcript.Entries, entry => entry is { Connection: "client", Message.Method: MethodId.ChannelClose });
    }

    [Fact]
    public async Task R14_too_large_Safe_ends_the_guilty_call_alone()
    {
        await DoubleAsync(1, CallMode.Safe);
        var close = Client.WhenItReceives(message => message.Method == MethodId.ChannelClose).Hold();
        Client.WhenItReceivesConfirm().Drop(); // The broker has taken it, and its publisher does not know.
        var before = CallAsync(2, CallMode.Safe);
        var guilty = CallAsync(TooLarge, CallMode.Safe);
        var behind = CallAsync(3, CallMode.Safe);
        await _broker.SettleAsync();

        close.Release();
        var all = Task.WhenAll(before, behind);
        await _broker.AdvanceUntilAsync(all, Limit);

        await ExpectAsync(guilty, RpcStatus.InvalidArgument, RpcOutcome.NotExecuted);
        var replies = await all;
        Assert.Equal([4, 6], replies);
        Assert.Equal([1, 2, 3], _ran.Order());
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_call_that_is_not_permitted_says_so_and_calls_go_on(CallMode mode)
    {
        await DoubleAsync(1, mode);
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Mode = mode, Timeout = Limit });
        await AnswerAsync(calculator.Fib(5));
        await ForbidContractsAsync();

        var refused = calculator.Fib(5);
        await _broker.SettleAsync();

        await ExpectAsync(refused, RpcStatus.PermissionDenied, RpcOutcome.NotExecuted);
        await DoubleAsync(2, mode);
        Assert.Equal(0, _client.Statistics.Reconnects);
    }

    [Fact]
    public async Task A_Fast_call_of_a_queue_does_not_suffer_from_a_contract_that_is_not_permitted()
    {
        await DoubleAsync(1, CallMode.Fast);
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Timeout = Limit });
        await AnswerAsync(calculator.Fib(5));
        await ForbidContractsAsync();

        var close = Client.WhenItReceives(message => message.Method == MethodId.ChannelClose).Hold();
        var before = CallAsync(2, CallMode.Fast);
        var first = calculator.Fib(5);
        var between = CallAsync(3, CallMode.Fast);
        var second = calculator.Fib(6);
        await _broker.SettleAsync();
        close.Release();
        await _broker.SettleAsync();

        await ExpectAsync(first, RpcStatus.PermissionDenied, RpcOutcome.MaybeExecuted); // It might have been the second.
        await ExpectAsync(between, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
        await ExpectAsync(second, RpcStatus.PermissionDenied, RpcOutcome.NotExecuted);
        await _broker.AdvanceUntilAsync(before, Limit);
        Assert.Equal(4, await before);
    }

    [Fact]
    public async Task Safe_calls_beside_one_that_is_not_permitted_run_once()
    {
        await DoubleAsync(1, CallMode.Safe);
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Mode = CallMode.Safe, Timeout = Limit });
        await AnswerAsync(calculator.Fib(5));
        await ForbidContractsAsync();

        var close = Client.WhenItReceives(message => message.Method == MethodId.ChannelClose).Hold();
        Client.WhenItReceivesConfirm().Drop();
        var before = CallAsync(2, CallMode.Safe);
        var guilty = calculator.Fib(5);
        var behind = CallAsync(3, CallMode.Safe);
        await _broker.SettleAsync();
        close.Release();
        var all = Task.WhenAll(before, behind);
        await _broker.AdvanceUntilAsync(all, Limit);

        var replies = await all;
        Assert.Equal([4, 6], replies);
        Assert.Equal([1, 2, 3], _ran.Order());
        await ExpectAsync(guilty, RpcStatus.PermissionDenied, RpcOutcome.MaybeExecuted); // Its first copy had others beside it.
        await DoubleAsync(4, CallMode.Safe);
    }

    [Fact]
    public async Task An_exchange_that_is_gone_is_unavailable_and_declared_again()
    {
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Timeout = Limit });
        await AnswerAsync(calculator.Fib(5));
        await AdministerAsync(channel => channel.DeleteExchangeAsync("warren.rpc"));

        var refused = calculator.Fib(5);
        await _broker.SettleAsync();
        await ExpectAsync(refused, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        var next = calculator.Fib(5);
        await _broker.SettleAsync();

        var error = await ExpectAsync(next, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        Assert.StartsWith("no server", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_one_way_message_that_is_not_permitted_was_not_executed()
    {
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Timeout = Limit });
        await AnswerAsync(calculator.Log("x"));
        await ForbidContractsAsync();

        var refused = calculator.Log("y");
        await _broker.SettleAsync();

        await ExpectAsync(refused, RpcStatus.PermissionDenied, RpcOutcome.NotExecuted);
    }

    [Fact]
    public async Task A_Safe_call_that_the_queue_never_takes_was_not_executed()
    {
        await AdministerAsync(channel => channel.DeclareQueueAsync(
            "full", durable: true, arguments: FieldTable.Create(("x-max-length", 0), ("x-overflow", "reject-publish"))));

        var call = _client.CallAsync<int>("full", 1, new CallOptions { Mode = CallMode.Safe, Timeout = TimeSpan.FromSeconds(2) });
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));

        var error = await ExpectAsync(call, RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted);
        Assert.Contains("refused the request", error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_reply_queue_that_is_deleted_again_and_again_leaves_no_channels_behind(CallMode mode)
    {
        await DoubleAsync(1, mode);
        var before = OpenChannels();
        for (var i = 0; i < 5; i++)
        {
            Client.DeleteReplyQueue();
            await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
            await DoubleAsync(2, mode);
        }

        Assert.Equal(before, OpenChannels());
    }

    [Fact]
    public async Task A_Safe_call_waits_while_the_connection_is_blocked_and_says_so_at_its_deadline()
    {
        await DoubleAsync(1, CallMode.Safe);
        Client.Block("low on disk");
        var late = CallAsync(2, CallMode.Safe);
        await _broker.AdvanceAsync(Limit);
        var error = await ExpectAsync(late, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        Assert.Contains("low on disk", error.Detail, StringComparison.Ordinal);

        var call = CallAsync(3, CallMode.Safe);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Client.Unblock();
        await _broker.AdvanceUntilAsync(call, Limit);

        Assert.Equal(6, await call);
        Assert.Equal([1, 3], _ran);
    }

    [Fact]
    public async Task A_one_way_message_and_a_call_to_all_wait_while_the_connection_is_blocked()
    {
        await using var server = await ServeCalculatorAsync();
        var calculator = _client.Client<ICalculator>(new CallOptions { Timeout = Limit });
        await AnswerAsync(calculator.Fib(5));
        await AnswerAsync(calculator.Log("x"));
        Client.Block("low on disk");

        var sending = calculator.Log("y");
        var scatter = FirstOfAllAsync();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.False(sending.IsCompleted || scatter.IsCompleted);
        Client.Unblock();
        await AnswerAsync(Task.WhenAll(sending, scatter));

        Assert.Equal(5, await scatter);
        Client.Block("low on disk");
        var late = calculator.Log("z");
        await _broker.AdvanceAsync(Limit);
        var error = await ExpectAsync(late, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        Assert.Contains("low on disk", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_one_way_message_without_a_connection_was_not_executed()
    {
        Client.RefuseNext(int.MaxValue);
        Client.Cut();
        await _broker.SettleAsync();

        var sending = _client.Client<ICalculator>(new CallOptions { Timeout = TimeSpan.FromSeconds(3) }).Log("x");
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(3));

        var error = await ExpectAsync(sending, RpcStatus.Unavailable, RpcOutcome.NotExecuted);
        Assert.Contains("no connection", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_waits_to_leave_when_only_the_reply_queue_goes_may_be_executed()
    {
        await DoubleAsync(1, CallMode.Fast);
        Client.Block();
        Client.Unblock();
        var held = Client.WhenItSendsRequest("double").Hold();
        var call = CallAsync(2, CallMode.Fast);
        await _broker.SettleAsync();
        Client.DeleteReplyQueue();
        await _broker.SettleAsync();

        await ExpectAsync(call, RpcStatus.Unavailable, RpcOutcome.MaybeExecuted);
        held.Release();
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal([1, 2], _ran);
    }

    private async Task<int> FirstOfAllAsync()
    {
        await foreach (var reply in _client.CallAllAsync((ICalculator calculator) => calculator.Fib(5), most: 1, new CallOptions { Timeout = Limit }))
            return reply.Value;
        return -1;
    }

    private Task<RpcServer> ServeCalculatorAsync() => _serving.ServeAsync<ICalculator>(new Calculator());

    // Nobody but the broker may publish to an exchange that is internal: what a user without permission would hear.
    private Task ForbidContractsAsync() => AdministerAsync(async channel =>
    {
        await channel.DeleteExchangeAsync("warren.rpc");
        await channel.DeclareExchangeAsync("warren.rpc", "direct", durable: true, @internal: true);
    });

    private async Task AdministerAsync(Func<AmqpChannel, Task> work)
    {
        await using var connection = await AmqpConnection.ConnectAsync(_broker.OptionsFor("admin"));
        await work(await connection.OpenChannelAsync());
        await _broker.Time.DriveAsync(connection.CloseAsync());
    }

    private int OpenChannels() => _broker.Transcript.Entries.Sum(entry => entry is not { Connection: "client", Message: { } message } ? 0
        : message.Method switch
        {
            MethodId.ChannelOpenOk => 1,
            MethodId.ChannelCloseOk or MethodId.ChannelClose => message.Direction == WireDirection.Received ? -1 : 0,
            _ => 0,
        });

    private Task<int> CallAsync(Payload request, CallMode mode) => _client.CallAsync<int>("double", request, new CallOptions { Mode = mode, Timeout = Limit });

    private async Task DoubleAsync(int n, CallMode mode)
    {
        var call = CallAsync(n, mode);
        await _broker.AdvanceUntilAsync(call, Limit);
        Assert.Equal(2 * n, await call);
    }

    private async Task AnswerAsync(Task call)
    {
        await _broker.AdvanceUntilAsync(call, Limit);
        await call;
    }

    private static async Task<RpcException> ExpectAsync(Task call, RpcStatus status, RpcOutcome outcome)
    {
        Assert.True(call.IsCompleted);
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((status, outcome), (error.Status, error.Outcome));
        return error;
    }
}
