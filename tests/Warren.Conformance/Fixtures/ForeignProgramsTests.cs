namespace Warren.Conformance.Fixtures;

/// <summary>The foreign programs do against RabbitMQ what the tests against Warren expect of them.</summary>
public sealed class ForeignProgramsTests(SharedRabbitMq rabbitMq, ForeignPrograms foreign)
{
    public static TheoryData<Language, Language> Pairs { get; } =
    [
        .. from one in Enum.GetValues<Language>() from other in Enum.GetValues<Language>() select (one, other),
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_client_gets_832040_from_a_server(Language client, Language server)
    {
        var (uri, queue) = (await rabbitMq.GetUriAsync(), $"fixture-rpc-{client}-{server}");
        await using var serving = await foreign.StartAsync(server, "rpc_server", uri, queue);
        await serving.WaitForOutputAsync("Awaiting RPC requests");

        await using var calling = await foreign.StartAsync(client, "rpc_client", uri, queue, "30");
        await calling.WaitForOutputAsync("Got 832040");

        Assert.Equal(0, await calling.WaitForExitAsync());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_receiver_gets_what_a_sender_sends(Language sender, Language receiver)
    {
        var (uri, queue) = (await rabbitMq.GetUriAsync(), $"fixture-hello-{sender}-{receiver}");
        await using var receiving = await foreign.StartAsync(receiver, "receive", uri, queue);
        await receiving.WaitForOutputAsync("Waiting for messages");

        await using var sending = await foreign.StartAsync(sender, "send", uri, queue, "Hello", "Warren!");

        Assert.Equal(0, await sending.WaitForExitAsync());
        await receiving.WaitForOutputAsync("Received Hello Warren!");
    }
}
