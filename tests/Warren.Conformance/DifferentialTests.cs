using Warren.Broker;
using Warren.Conformance.Fixtures;
using Warren.Differential;
using Warren.Engine;

namespace Warren.Conformance;

/// <summary>The same scripts against Warren, as RabbitMQ 3.10, and against RabbitMQ 3.10.8: clients have to see the same.</summary>
public class DifferentialTests(SharedRabbitMq rabbitMq, ITestOutputHelper output)
{
    public static TheoryData<string> Rows { get; } = [.. HandWrittenScripts.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Both_brokers_answer_a_script_alike(string name)
    {
        await using var warren = await StartAsync();
        using var comparison = await CompareAsync(warren);
        var script = Script.Parse(HandWrittenScripts.All[name]);

        var difference = comparison.Run(script);
        if (difference is not null && comparison.MoveOn())
            difference = comparison.Run(script);

        Assert.Null(difference);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_001)]
    [InlineData(null)] // Another one at every run; the output says which.
    public async Task Both_brokers_answer_random_scripts_alike(int? fixedSeed)
    {
        await using var warren = await StartAsync();
        using var comparison = await CompareAsync(warren);
        var seed = fixedSeed ?? Random.Shared.Next(1_000_000_000);
        output.WriteLine($"seed {seed}");
        var run = new DifferentialRun(comparison) { Say = output.WriteLine };

        run.Run(seed, scripts: 150);

        output.WriteLine(run.ToString());
        Assert.True(run.Found.Count == 0, $"seed {seed}:\n{string.Join('\n', run.Found)}");
    }

    // RabbitMQ is shared with other tests, and a script may be misled by what they, or another script, have bound to amq.direct.
    private async Task<Comparison> CompareAsync(WarrenBroker warren)
    {
        var server = await rabbitMq.GetAsync();
        return new Comparison(warren.Uri, server.Uri)
        {
            ReplaceVirtualHost = (name, old) =>
            {
                VirtualHostPair.ReplaceOnWarren(warren, name, old);
                Task.Run(() => server.ControlAsync("eval", VirtualHostPair.Erlang(name, old))).GetAwaiter().GetResult(); // The runner has few threads for what follows an await.
            },
        };
    }

    private static Task<WarrenBroker> StartAsync() => WarrenBroker.StartAsync(new BrokerOptions { Profile = Profile.V310 });
}
