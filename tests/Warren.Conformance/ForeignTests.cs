using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>Programs in Go, Node and Python, among themselves and mixed with Warren's servers and clients, on Warren and on RabbitMQ.</summary>
public class ForeignTests(Brokers brokers, ForeignPrograms foreign) : IClassFixture<Brokers>
{
    public static TheoryData<BrokerKind, Language, Language> Pairs { get; } =
    [
        .. from broker in Enum.GetValues<BrokerKind>()
           from one in Enum.GetValues<Language>()
           from other in Enum.GetValues<Language>()
           select (broker, one, other),
    ];

    public static TheoryData<BrokerKind, Language> Each { get; } =
        [.. from broker in Enum.GetValues<BrokerKind>() from language in Enum.GetValues<Language>() select (broker, language)];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_foreign_client_gets_832040_from_a_foreign_server(BrokerKind broker, Language client, Language server)
    {
        var (uri, queue) = (new Uri(await brokers.UriOfAsync(broker)), $"foreign-rpc-{client}-{server}");
        await using var serving = await foreign.StartAsync(server, "rpc_server", uri, queue);
        await serving.WaitForOutputAsync("Awaiting RPC requests");

        await using var calling = await foreign.StartAsync(client, "rpc_client", uri, queue, "30");
        await calling.WaitForOutputAsync("Got 832040");

        Assert.Equal(0, await calling.WaitForExitAsync());
    }

    [Theory]
    [MemberData(nameof(Each))]
    public async Task A_foreign_client_gets_832040_from_our_server(BrokerKind broker, Language client)
    {
        var (uri, queue) = (new Uri(await brokers.UriOfAsync(broker)), $"foreign-ours-{client}");
        await using var bus = await Bus.ConnectAsync(uri);
        await using var server = await bus.ServeAsync(queue, (int n) => Fib(n), new ServeOptions { Prefetch = 1 });

        await using var calling = await foreign.StartAsync(client, "rpc_client", uri, queue, "30");
        await calling.WaitForOutputAsync("Got 832040");

        Assert.Equal(0, await calling.WaitForExitAsync());
    }

    [Theory]
    [MemberData(nameof(Each))]
    public async Task Our_client_gets_832040_from_a_foreign_server(BrokerKind broker, Language server)
    {
        var (uri, queue) = (new Uri(await brokers.UriOfAsync(broker)), $"ours-foreign-{server}");
        await using var serving = await foreign.StartAsync(server, "rpc_server", uri, queue);
        await serving.WaitForOutputAsync("Awaiting RPC requests");
        await using var bus = await Bus.ConnectAsync(uri);

        Assert.Equal(832040, await bus.CallAsync<int>(queue, 30, new CallOptions { Timeout = TimeSpan.FromSeconds(30) }));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_foreign_receiver_gets_what_a_foreign_sender_sends(BrokerKind broker, Language sender, Language receiver)
    {
        var (uri, queue) = (new Uri(await brokers.UriOfAsync(broker)), $"foreign-hello-{sender}-{receiver}");
        await using var receiving = await foreign.StartAsync(receiver, "receive", uri, queue);
        await receiving.WaitForOutputAsync("Waiting for messages");

        await using var sending = await foreign.StartAsync(sender, "send", uri, queue, "Hello", "Warren!");

        Assert.Equal(0, await sending.WaitForExitAsync());
        await receiving.WaitForOutputAsync("Received Hello Warren!");
    }

    [Theory]
    [MemberData(nameof(Each))]
    public async Task Messages_pass_between_foreign_programs_and_ours(BrokerKind broker, Language language)
    {
        var (uri, queue) = (new Uri(await brokers.UriOfAsync(broker)), $"hello-ours-{language}");
        await using var bus = await Bus.ConnectAsync(uri);
        var received = new TaskCompletionSource<string>();
        await using (await bus.ReceiveAsync(queue, (string text) => received.TrySetResult(text)))
        {
            await using var sending = await foreign.StartAsync(language, "send", uri, queue, "from", "outside");
            Assert.Equal("from outside", await received.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await using var receiving = await foreign.StartAsync(language, "receive", uri, queue);
        await receiving.WaitForOutputAsync("Waiting for messages");
        await bus.SendAsync(queue, "from us");
        await receiving.WaitForOutputAsync("Received from us");
    }

    private static int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);
}
