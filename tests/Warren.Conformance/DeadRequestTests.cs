using System.Text.Json;
using Warren.Amqp;
using Warren.Cli;
using Warren.Cli.Running;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Requests of Safe calls that the broker gave up: kept, looked at, sent again, dropped; by the bus and by the tool.</summary>
public class DeadRequestTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly CallOptions Safe = new() { Timeout = TimeSpan.FromMinutes(5), Mode = CallMode.Safe };

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_refused_request_waits_and_looking_does_not_move_it(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await DieAsync<IRefused>(broker, bus, new Refused(), "rpc.refused", client => client.Take(1, default), client => client.Take(2, default), client => client.Take(3, default));

        for (var i = 0; i < 25; i++) // More often than a quorum queue would put up with.
            Assert.Equal(["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"], (await ListAsync(bus, "rpc.refused")).Select(Text));
        var first = (await ListAsync(bus, "rpc.refused", most: 1)).Single();
        Assert.Equal(("rpc.refused", "Take", "rejected", 1), (first.Service, first.Method, first.Reason, first.Attempt));
        Assert.NotNull(first.DiedAt);
        Assert.NotEmpty(first.CallId);
        Assert.Equal(3, await bus.DropDeadRequestsAsync("rpc.refused"));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_request_that_killed_its_servers_is_kept_and_one_that_expired_is_not(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        // Nobody serves: it expires. The caller hears that from the broker or from its own clock, whichever is first.
        await (await bus.ServeAsync<IKilled>(new Killed(() => { }), new ServeOptions { DeliveryLimit = 1 })).DisposeAsync();
        await Assert.ThrowsAsync<RpcException>(() => bus.Client<IKilled>(Safe with { Timeout = TimeSpan.FromMilliseconds(50) }).Take(1, default));
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await UntilAsync(async () => (await channel.DeclareQueuePassiveAsync("rpc.killed.safe")).MessageCount == 0);
        var servers = new List<(CutRelay Relay, Bus Bus)>();
        for (var i = 0; i < 3; i++)
        {
            var relay = await CutRelay.StartAsync(new Uri(await brokers.UriOfAsync(broker)));
            var dying = await Bus.ConnectAsync(relay.Uri);
            servers.Add((relay, dying));
            await dying.ServeAsync<IKilled>(new Killed(relay.GoDown), new ServeOptions { DeliveryLimit = 1 });
        }

        await Assert.ThrowsAsync<RpcException>(() => bus.Client<IKilled>(Safe).Take(2, default));

        await UntilAsync(async () => (await ListAsync(bus, "rpc.killed")).Count > 0);
        var dead = Assert.Single(await ListAsync(bus, "rpc.killed"));
        Assert.Equal(("delivery_limit", "{\"n\":2}"), (dead.Reason, Text(dead)));
        Assert.Equal(1, await bus.DropDeadRequestsAsync("rpc.killed"));
        foreach (var (relay, dying) in servers)
        {
            await dying.DisposeAsync();
            await relay.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Requests_are_sent_again_one_service_at_a_time(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var caller = await ConnectAsync(broker); // Gone when its request is sent again.
        await DieAsync<IRepaired>(broker, caller, new Repaired(), "rpc.repaired", client => client.Take(1, default), client => client.Take(2, default));
        await DieAsync<IRefused>(broker, bus, new Refused(), "rpc.refused", client => client.Take(9, default));
        await caller.DisposeAsync();
        var ids = (await ListAsync(bus, "rpc.repaired")).Select(request => request.CallId).ToList();

        Assert.Equal(1, await bus.ResendDeadRequestsAsync("rpc.repaired", most: 1));
        Assert.Equal("{\"n\":2}", Text(Assert.Single(await ListAsync(bus, "rpc.repaired"))));
        Assert.Equal(1, await bus.ResendDeadRequestsAsync("rpc.repaired"));
        var repaired = new Repaired();
        await using var serving = await ConnectAsync(broker);
        await using var server = await serving.ServeAsync<IRepaired>(repaired);

        await UntilAsync(() => Task.FromResult(repaired.Taken.Count == 2));
        Assert.Equal([(1, 2, ids[0], true), (2, 2, ids[1], true)], repaired.Taken);
        Assert.Empty(await ListAsync(bus, "rpc.repaired"));
        Assert.Equal("{\"n\":9}", Text(Assert.Single(await ListAsync(bus, "rpc.refused"))));
        Assert.Equal(1, await bus.DropDeadRequestsAsync("rpc.refused"));
        Assert.Equal(0, serving.Statistics.CallersGone);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_cannot_be_sent_again_stays(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await DieAsync<IVanished>(broker, bus, new Refused(), "rpc.vanished", client => client.Take(1, default));
        await using (var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker)))
            await (await connection.OpenChannelAsync()).DeleteQueueAsync("rpc.vanished.safe");

        await Assert.ThrowsAsync<MessageReturnedException>(() => bus.ResendDeadRequestsAsync("rpc.vanished"));

        Assert.Single(await ListAsync(bus, "rpc.vanished"));
        Assert.Equal(1, await bus.DropDeadRequestsAsync("rpc.vanished"));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_tool_lists_resends_and_drops(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        await DieAsync<ITooled>(broker, bus, new Refused(), "rpc.tooled", client => client.Take(1, default), client => client.Take(2, default));

        var (exitCode, output, error) = await RunAsync(broker, "ls", "ITooled");
        Assert.Equal((ExitCode.Ok, ""), (exitCode, error));
        Assert.Contains("rejected", output, StringComparison.Ordinal);
        Assert.Contains("{\"n\":2}", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync(broker, "ls", "ITooled", "--json", "--count", "1");
        Assert.Equal("{\"n\":1}", JsonElement.Parse(output).GetProperty("body").GetString());
        Assert.Equal((ExitCode.Ok, "1 sent again.\n", ""), await RunAsync(broker, "resend", "ITooled", "--count", "1"));
        Assert.Equal((ExitCode.Ok, "1 dropped.\n", ""), await RunAsync(broker, "drop", "rpc.tooled"));
        Assert.Equal((ExitCode.Ok, "", "No dead requests of rpc.tooled.\n"), await RunAsync(broker, "ls", "ITooled"));
    }

    // The queue is there, and whoever takes from it refuses.
    private async Task DieAsync<TContract>(BrokerKind broker, Bus caller, TContract service, string address, params Func<TContract, Task>[] calls)
        where TContract : class
    {
        await (await caller.ServeAsync(service)).DisposeAsync();
        await using var connection = await AmqpConnection.ConnectAsync(await brokers.UriOfAsync(broker));
        var channel = await connection.OpenChannelAsync();
        await channel.ConsumeAsync($"{address}.safe", (delivery, _) =>
        {
            delivery.Nack(requeue: false);
            return default;
        });
        var before = (await ListAsync(caller, address)).Count;
        for (var i = 0; i < calls.Length; i++)
        {
            await Assert.ThrowsAsync<RpcException>(() => calls[i](caller.Client<TContract>(Safe)));
            await UntilAsync(async () => (await ListAsync(caller, address)).Count == before + i + 1);
        }
    }

    private static async Task<List<DeadRequest>> ListAsync(Bus bus, string service, int most = int.MaxValue)
    {
        var all = new List<DeadRequest>();
        await foreach (var request in bus.ListDeadRequestsAsync(service, most))
            all.Add(request);
        return all;
    }

    private static string Text(DeadRequest request) => System.Text.Encoding.UTF8.GetString(request.Body.Span);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(5);
    }

    private async Task<(int ExitCode, string Out, string Error)> RunAsync(BrokerKind broker, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await Tool.RunAsync(["rpc", "dead", .. args, "--uri", await brokers.UriOfAsync(broker)], new Terminal(() => Stream.Null, output, error), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}

[RpcContract]
public interface IRefused
{
    Task Take(int n, CancellationToken cancellationToken);
}

[RpcContract]
public interface IRepaired
{
    Task Take(int n, CancellationToken cancellationToken);
}

[RpcContract]
public interface IVanished
{
    Task Take(int n, CancellationToken cancellationToken);
}

[RpcContract]
public interface ITooled
{
    Task Take(int n, CancellationToken cancellationToken);
}

[RpcContract]
public interface IKilled
{
    Task Take(int n, CancellationToken cancellationToken);
}

internal sealed class Refused : IRefused, IVanished, ITooled
{
    public Task Take(int n, CancellationToken cancellationToken) => Task.CompletedTask;
}

internal sealed class Repaired : IRepaired
{
    public List<(int N, int Attempt, string CallId, bool HasTime)> Taken { get; } = [];

    public Task Take(int n, CancellationToken cancellationToken)
    {
        var context = RequestContext.Current!;
        lock (Taken)
            Taken.Add((n, context.Attempt, context.CallId, context.TimeLeft > TimeSpan.Zero));
        return Task.CompletedTask;
    }
}

internal sealed class Killed(Action die) : IKilled
{
    public async Task Take(int n, CancellationToken cancellationToken)
    {
        die();
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
