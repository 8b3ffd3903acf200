using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text;
using Warren.Amqp;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Contracts over a broker: every kind of method, and what the broker itself tells callers of requests that it drops.</summary>
public class ContractTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly CallOptions Long = new() { Timeout = TimeSpan.FromMinutes(5) };
    private static readonly CallOptions Safe = Long with { Mode = CallMode.Safe };

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_contract_is_called_as_an_interface(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var service = new Calculator();
        await using var server = await serving.ServeAsync<ICalculator>(service);

        foreach (var options in new[] { Long, Safe })
        {
            var calculator = bus.Client<ICalculator>(options);
            Assert.Equal(832040, await calculator.Fib(30));
            Assert.Equal(new Point(3, 5), await calculator.Move(new Point(1, 2), dx: 2, dy: 3));
            await calculator.Nothing();
            Assert.Equal(1000, (await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => calculator.Fib(i % 10)))).Length);
        }
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_one_way_method_is_confirmed_and_runs(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var service = new Calculator();
        await using var server = await serving.ServeAsync<ICalculator>(service);
        var line = Guid.NewGuid().ToString();

        await bus.Client<ICalculator>(Long).Note(line);

        await UntilAsync(() => service.Notes.Contains(line));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_stream_brings_every_item_in_its_order(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());
        var items = new List<int>();

        await foreach (var item in bus.Client<ICalculator>(Long).Series(1000))
            items.Add(item);

        Assert.Equal(Enumerable.Range(0, 1000), items);
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_stream_runs_no_further_ahead_than_its_reader_wants(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        var service = new Calculator();
        await using var server = await serving.ServeAsync<ICalculator>(service);

        await using (var reader = bus.Client<ICalculator>(Long).Endless().GetAsyncEnumerator())
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.True(await reader.MoveNextAsync());
                Assert.Equal(i, reader.Current);
                Assert.InRange(Volatile.Read(ref service.Produced), 0, i + 1 + 64 + 1); // The window, and the one that waits for credit.
            }
        }

        await service.Stopped.Task; // Leaving the loop stops the server.
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_stream_that_fails_ends_with_its_fault(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());
        var items = new List<int>();

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var item in bus.Client<ICalculator>(Long).Series(-3))
                items.Add(item);
        });

        Assert.Equal((RpcStatus.OutOfRange, RpcOutcome.Executed), (error.Status, error.Outcome));
        int[] expected = [0, 1, 2];
        Assert.Equal(expected, items);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_declared_fault_arrives_with_its_data(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());

        foreach (var options in new[] { Long, Safe })
        {
            var error = await Assert.ThrowsAsync<RpcFaultException<Overdrawn>>(() => bus.Client<ICalculator>(options).Withdraw(100).AsTask());

            Assert.Equal(new Overdrawn(Balance: 40, Missing: 60), error.Fault);
            Assert.Equal((RpcStatus.FailedPrecondition, RpcOutcome.Executed), (error.Status, error.Outcome));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R14_arguments_out_of_bounds_are_refused_on_both_sides(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<ICalculator>(new Calculator());

        foreach (var options in new[] { Long, Safe })
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => bus.Client<ICalculator>(options).Fib(99));
            Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        }
        Assert.Equal(0, serving.Statistics.RequestsFaulted); // It never left.

        var (status, body) = await CallByHandAsync(broker, "rpc.calculator", "Fib", """{"n":99}""");
        Assert.Equal("InvalidArgument", status);
        Assert.Contains("n", body, StringComparison.Ordinal);
        Assert.Equal("Unimplemented", (await CallByHandAsync(broker, "rpc.calculator", "Cube", "{}")).Status);
        Assert.Equal("Unimplemented", (await CallByHandAsync(broker, "rpc.calculator", null, "{}")).Status);
        Assert.Equal(("", "832040"), await CallByHandAsync(broker, "rpc.calculator", "Fib", """{"n":30}"""));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task All_instances_answer_a_call_to_all(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var serving = await ConnectAsync(broker);
        await using var first = await serving.ServeAsync<IMember>(new Member("a"));
        await using var second = await serving.ServeAsync<IMember>(new Member("b"));
        await using var third = await serving.ServeAsync<IMember>(new Member("!"));
        var (names, faults) = (new List<string>(), 0);

        await foreach (var reply in bus.CallAllAsync((IMember member) => member.Name(default), most: 3, Long))
        {
            if (reply.Fault is null)
                names.Add(reply.Value);
            else
                faults++;
        }

        Assert.Equal(["a", "b"], names.Order());
        Assert.Equal(1, faults);
        Assert.Equal(0, bus.Statistics.PendingCalls);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R06_a_contract_that_nobody_has_served(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);

        foreach (var options in new[] { Long, Safe })
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => bus.Client<INever>(options).Ping(default));
            Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        }
        var lost = await Assert.ThrowsAsync<RpcException>(() => bus.Client<INever>(Long).Tell(default));
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.NotExecuted), (lost.Status, lost.Outcome));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_request_that_expires_in_the_queue_was_not_executed(BrokerKind broker)
    {
        // The caller's own clock stands: it is the broker that tells, as it mostly does before the caller gives up, who cannot know whether the request was executed.
        await using var bus = await Bus.ConnectAsync(await brokers.UriOfAsync(broker), new BusOptions { TimeProvider = new StoppedClock() });
        await using var serving = await ConnectAsync(broker);
        var service = new Slow();
        await using var server = await serving.ServeAsync<ISlow>(service, new ServeOptions { Prefetch = 1 });
        var first = bus.Client<ISlow>(Long).Run(1, default);
        await service.Started.Task;

        var brief = new CallOptions { Timeout = TimeSpan.FromMilliseconds(300) };
        var errors = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<RpcException>(() => bus.Client<ISlow>(brief).Run(2, default))));

        Assert.All(errors, error => Assert.Equal((RpcStatus.DeadlineExceeded, RpcOutcome.NotExecuted), (error.Status, error.Outcome)));
        service.Release.SetResult();
        Assert.Equal(1, await first);
        int[] expected = [1];
        Assert.Equal(expected, service.Ran);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task R08_the_broker_tells_at_once_when_the_server_goes_away(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
        var dying = await Bus.ConnectAsync(relay.Uri);
        var service = new Slow();
        await dying.ServeAsync<IDying>(service);
        var call = bus.Client<IDying>(Long).Run(1, default);
        await service.Started.Task;

        relay.GoDown();

        // No other server is there: it is the queue that gives the request back.
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal(1, bus.Statistics.RequestsDropped);
        service.Release.SetResult();
        await dying.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(RpcFaultTests.All), MemberType = typeof(RpcFaultTests))]
    public async Task R15_poison_is_given_up_after_the_delivery_limit_and_in_Fast_mode_after_the_first_server(BrokerKind broker, CallMode mode)
    {
        await using var bus = await ConnectAsync(broker);
        var servers = new List<(CutRelay Relay, Bus Bus)>();
        var deaths = 0;
        for (var i = 0; i < 6; i++)
        {
            var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
            var dying = await Bus.ConnectAsync(relay.Uri);
            servers.Add((relay, dying));
            var poisoned = new Poisoned(() =>
            {
                Interlocked.Increment(ref deaths);
                relay.GoDown();
            });
            await dying.ServeAsync<IPoisoned>(poisoned, new ServeOptions { DeliveryLimit = 3 });
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.Client<IPoisoned>(Long with { Mode = mode }).Eat(default));

        Assert.Equal((RpcStatus.Unavailable, RpcOutcome.MaybeExecuted), (error.Status, error.Outcome));
        Assert.Equal(1, bus.Statistics.RequestsDropped);
        Assert.Equal(mode == CallMode.Safe ? 4 : 1, deaths);
        foreach (var (relay, dying) in servers)
        {
            await dying.DisposeAsync();
            await relay.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_foreign_server_that_refuses_a_request_is_an_answer(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await using (await bus.ServeAsync<IForeign>(new Foreign()))
        {
        }
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await channel.ConsumeAsync("rpc.foreign", (delivery, _) =>
        {
            delivery.Nack(requeue: false);
            return default;
        });

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.Client<IForeign>(Long).Ping(default));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
    }

    // A foreign client: no header but the method's name.
    private async Task<(string Status, string Body)> CallByHandAsync(BrokerKind broker, string queue, string? method, string body)
    {
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        var replies = (await channel.DeclareQueueAsync(exclusive: true)).Queue.ToString();
        var reply = new TaskCompletionSource<(string, string)>();
        await channel.ConsumeAsync(replies, (delivery, _) =>
        {
            var headers = delivery.Properties.Headers.ToDictionary();
            reply.TrySetResult((headers.GetValueOrDefault("rpc-status") as string ?? "", Encoding.UTF8.GetString(delivery.Body.Span)));
            delivery.Ack();
            return default;
        });
        var properties = new BasicProperties
        {
            ReplyTo = replies,
            CorrelationId = "1",
            Headers = method is null ? null : FieldTable.Create(("rpc-method", method)),
        };
        await channel.PublishAsync("warren.rpc", queue, Encoding.UTF8.GetBytes(body), properties);
        return await reply.Task;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5);
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}

public sealed record Point(int X, int Y);

public sealed record Overdrawn(int Balance, int Missing);

[RpcContract]
public interface ICalculator
{
    [Idempotent]
    Task<int> Fib([Range(0, 46)] int n, CancellationToken cancellationToken = default);

    Task<Point> Move(Point from, int dx = 1, int dy = 1, CancellationToken cancellationToken = default);

    Task Nothing(CancellationToken cancellationToken = default);

    [Raises<Overdrawn>]
    ValueTask<int> Withdraw(int amount, CancellationToken cancellationToken = default);

    [OneWay]
    Task Note(string line, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Series(int count, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Endless(CancellationToken cancellationToken = default);
}

internal sealed class Calculator : ICalculator
{
    public int Produced;

    public ConcurrentBag<string> Notes { get; } = [];

    public TaskCompletionSource Stopped { get; } = new();

    public Task<int> Fib(int n, CancellationToken cancellationToken)
    {
        var (a, b) = (0, 1);
        for (var i = 0; i < n; i++)
            (a, b) = (b, a + b);
        return Task.FromResult(a);
    }

    public async Task<Point> Move(Point from, int dx, int dy, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return new Point(from.X + dx, from.Y + dy);
    }

    public Task Nothing(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<int> Withdraw(int amount, CancellationToken cancellationToken) =>
        amount <= 40 ? new ValueTask<int>(40 - amount) : throw new RpcFaultException<Overdrawn>(new Overdrawn(40, amount - 40));

    public Task Note(string line, CancellationToken cancellationToken)
    {
        Notes.Add(line);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> Series(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < Math.Abs(count); i++)
        {
            if (i % 7 == 0)
                await Task.Yield();
            yield return i;
        }
        if (count < 0)
            throw new RpcException(RpcStatus.OutOfRange, "a negative count");
    }

    public async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Increment(ref Produced);
                yield return i;
            }
        }
        finally
        {
            Stopped.TrySetResult();
        }
    }
}

[RpcContract]
public interface IMember
{
    Task<string> Name(CancellationToken cancellationToken);
}

internal sealed class Member(string name) : IMember
{
    public Task<string> Name(CancellationToken cancellationToken) =>
        name == "!" ? throw new RpcException(RpcStatus.FailedPrecondition, "nameless") : Task.FromResult(name);
}

[RpcContract]
public interface INever
{
    Task Ping(CancellationToken cancellationToken);

    [OneWay]
    Task Tell(CancellationToken cancellationToken);
}

[RpcContract]
public interface ISlow
{
    Task<int> Run(int n, CancellationToken cancellationToken);
}

[RpcContract]
public interface IDying
{
    Task<int> Run(int n, CancellationToken cancellationToken);
}

internal sealed class Slow : ISlow, IDying
{
    public TaskCompletionSource Started { get; } = new();

    public TaskCompletionSource Release { get; } = new();

    public List<int> Ran { get; } = [];

    public async Task<int> Run(int n, CancellationToken cancellationToken)
    {
        lock (Ran)
            Ran.Add(n);
        Started.TrySetResult();
        await Release.Task;
        return n;
    }
}

[RpcContract]
public interface IPoisoned
{
    Task Eat(CancellationToken cancellationToken);
}

internal sealed class Poisoned(Action die) : IPoisoned
{
    public async Task Eat(CancellationToken cancellationToken)
    {
        die();
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}

[RpcContract]
public interface IForeign
{
    Task Ping(CancellationToken cancellationToken);
}

internal sealed class Foreign : IForeign
{
    public Task Ping(CancellationToken cancellationToken) => Task.CompletedTask;
}
