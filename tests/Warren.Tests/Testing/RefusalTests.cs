using System.Runtime.CompilerServices;
using Warren.Amqp;
using Warren.Client;
using Warren.Testing;
using Warren.Tests.Contracts;

namespace Warren.Tests.Testing;

/// <summary>Requests that the broker refuses (nacks), because their queue is full; with calls and with one-way messages.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RefusalTests : IAsyncLifetime
{
    private static readonly CallOptions Fast = new() { Timeout = TimeSpan.FromSeconds(5) };
    private static readonly CallOptions Safe = Fast with { Mode = CallMode.Safe };

    private TestBroker _broker = null!;
    private Bus _bus = null!;
    private AmqpChannel _channel = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync(cancellationToken: Cancelled);
        _bus = await _broker.ConnectAsync("client", cancellationToken: Cancelled);
        var connection = await AmqpConnection.ConnectAsync(_broker.OptionsFor("other"), Cancelled);
        _channel = await connection.OpenChannelAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_Safe_call_says_at_its_deadline_that_the_broker_refused_it_and_how_often()
    {
        await DeclareFullAsync("work");

        var error = await FailAsync(_bus.CallAsync<int>("work", 1, Safe, Cancelled));

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Matches(@"^queue work did not take it within 5 s; the broker refused the request \d\d? times \(its queue is full, or has no leader\)$", error.Detail);
    }

    [Fact]
    public async Task A_Safe_call_that_was_not_refused_does_not_speak_of_it()
    {
        await _channel.DeclareQueueAsync("work", cancellationToken: Cancelled);

        var error = await FailAsync(_bus.CallAsync<int>("work", 1, Safe, Cancelled));

        Assert.DoesNotContain("refused", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Fast_one_way_message_that_is_refused_is_an_error_at_once()
    {
        await DeclareFullContractAsync();

        var sending = _bus.Client<ICalculator>(Fast).Log("x", Cancelled);
        await _broker.SettleAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => sending);
        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Equal("the broker did not take the message: queue rpc.calculator.safe is full, or has no leader", error.Detail);
    }

    [Fact]
    public async Task A_Safe_one_way_message_that_is_refused_is_sent_again_until_there_is_room()
    {
        await DeclareFullContractAsync();
        var sending = _bus.Client<ICalculator>(Safe).Log("x", Cancelled);
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False(sending.IsCompleted);

        await _channel.PurgeQueueAsync("rpc.calculator.safe", Cancelled);
        await _broker.AdvanceUntilAsync(sending, TimeSpan.FromSeconds(4));

        await sending;
        Assert.Equal(1u, (await _channel.DeclareQueuePassiveAsync("rpc.calculator.safe", Cancelled)).MessageCount);
    }

    [Fact]
    public async Task A_Safe_one_way_message_says_at_its_deadline_that_it_was_refused_and_did_not_run()
    {
        await DeclareFullContractAsync();

        var error = await FailAsync(_bus.Client<ICalculator>(Safe).Log("x", Cancelled));

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Matches(@"^queue rpc.calculator.safe did not take it within 5 s; the broker refused the request \d\d? times", error.Detail);
    }

    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task A_one_way_message_whose_confirm_is_lost_may_have_run_or_is_sent_again_and_runs_once(CallMode mode)
    {
        await using var serving = await _broker.ConnectAsync("server", cancellationToken: Cancelled);
        var service = new Notes();
        await using var server = await serving.ServeAsync<ICalculator>(service, cancellationToken: Cancelled);
        var client = _bus.Client<ICalculator>(Fast with { Mode = mode });
        _broker.Connection("client").WhenItSends(message => message.Method == MethodId.BasicPublish && message.RoutingKey == "rpc.calculator.safe", "the message").Cut();

        var sending = client.Log("x", Cancelled);
        await _broker.AdvanceUntilAsync(sending, TimeSpan.FromSeconds(5));
        await _broker.AdvanceAsync(TimeSpan.FromSeconds(1));

        if (mode == CallMode.Safe)
            await sending;
        else
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (await Assert.ThrowsAsync<RpcException>(() => sending)) is var error ? (error.Status, error.Outcome) : default);
        Assert.Equal(["x"], service.Lines);
        Assert.Equal(mode == CallMode.Safe ? 1 : 0, serving.Statistics.DuplicateRequests);
        _broker.AllFaultsShouldHaveHappened();
    }

    private Task DeclareFullContractAsync() => DeclareFullAsync("rpc.calculator.safe", ContractTopology.Exchange);

    // A queue that has room for one message and has it.
    private async Task DeclareFullAsync(string queue, string exchange = "")
    {
        await _channel.DeclareQueueAsync(queue, arguments: FieldTable.Create(("x-max-length", 1), ("x-overflow", "reject-publish")), cancellationToken: Cancelled);
        if (exchange.Length > 0)
        {
            await ContractTopology.DeclareAsync(_channel, Cancelled);
            await _channel.BindQueueAsync(queue, exchange, queue, cancellationToken: Cancelled);
        }
        await _channel.PublishAsync("", queue, "full"u8.ToArray(), cancellationToken: Cancelled);
        await _broker.SettleAsync();
    }

    private async Task<RpcException> FailAsync(Task task)
    {
        await _broker.AdvanceUntilAsync(task, TimeSpan.FromSeconds(10));
        return await Assert.ThrowsAsync<RpcException>(() => task);
    }

    private sealed class Notes : ICalculator
    {
        public List<string> Lines { get; } = [];

        public Task<int> Fib(int n, CancellationToken cancellationToken) => Task.FromResult(n);

        public async IAsyncEnumerable<int> Series(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return count;
        }

        public Task Log(string line, CancellationToken cancellationToken)
        {
            lock (Lines)
                Lines.Add(line);
            return Task.CompletedTask;
        }
    }
}
