using System.Text.RegularExpressions;
using Warren.Amqp;
using Warren.Testing;
using Warren.Tests.House;

namespace Warren.Tests.Testing;

/// <summary>The examples of docs/testing.md, line by line.</summary>
[Collection(nameof(AloneCollection))]
public sealed partial class ExampleTests
{
    [Fact]
    public async Task Thirty_seconds_in_a_millisecond()
    {
        await using var broker = await TestBroker.StartAsync();                 // in the test's process, no socket, virtual time
        await using var bus = await broker.ConnectAsync();                      // an ordinary Bus; its clock is the broker's
        await using var server = await bus.ServeAsync("slow", async (int n, CancellationToken token) =>
        {
            await broker.Time.Delay(TimeSpan.FromSeconds(40), token);
            return n;
        });

        var call = bus.CallAsync<int>("slow", 1, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });
        await broker.AdvanceAsync(TimeSpan.FromSeconds(30));                    // returns when everything that was due has happened

        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(RpcStatus.DeadlineExceeded, error.Status);
    }

    [Fact]
    public async Task Messages_that_expire()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync();
        var offers = new Queue("offers") { Arguments = FieldTable.Create(("x-message-ttl", 3_600_000)) };
        await bus.SendAsync(offers, "half price");

        await broker.AdvanceAsync(TimeSpan.FromHours(1));

        var received = new List<string>();
        await using var subscription = await bus.ReceiveAsync(offers, (string offer) => received.Add(offer));
        await broker.SettleAsync();
        Assert.Empty(received);
    }

    [Fact]
    public async Task Connections_that_break()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("client");
        await using var other = await broker.ConnectAsync("server");
        var ran = 0;
        await using var server = await other.ServeAsync("pay", (int amount) => ++ran);

        broker.Connection("client").WhenItReceivesConfirm().Cut();              // after the confirm, before the reply

        var call = client.CallAsync<int>("pay", 100, new CallOptions { Mode = CallMode.Safe });
        await broker.AdvanceUntilAsync(call, TimeSpan.FromSeconds(10));

        Assert.Equal(1, await call);                                            // the reply waited in its queue
        broker.AllFaultsShouldHaveHappened();                                   // a script that never matched tests nothing
    }

    [Fact]
    public async Task A_broker_that_is_down_for_a_while()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");

        broker.Connection("app").RefuseNext(3);                                 // a broker that is down for a while
        broker.CutAll();
        await broker.AdvanceAsync(TimeSpan.FromSeconds(2));                     // 100, 200, 400, 800 ms of back-off at most

        Assert.True(bus.IsConnected);
        Assert.Equal(1, bus.Statistics.Reconnects);
    }

    [Fact]
    public async Task A_reply_that_is_held_back()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");
        await using var server = await bus.ServeAsync("double", (int n) => 2 * n);

        var held = broker.Connection("app").WhenItReceivesReply().Hold();
        var call = bus.CallAsync<int>("double", 21);
        await broker.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.False(call.IsCompleted);

        held.Release();
        await broker.SettleAsync();
        Assert.Equal(42, await call);
    }

    [Fact]
    public async Task What_went_over_the_wire()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync("app");
        await using var server = await bus.ServeAsync("double", (int n) => 2 * n);

        await bus.CallAsync<int>("double", 21);
        await broker.SettleAsync();

        broker.Transcript.ShouldContainInOrder(
            "app -> basic.publish exchange='' routing_key='double' mandatory*body='21'",
            "app <- basic.deliver*body='21'",
            "app -> basic.publish*body='42'",
            "app -> basic.ack");
        Assert.Equal(1, broker.Transcript.Entries.Count(entry => entry.Message is { Method: MethodId.BasicPublish, IsReply: true }));
    }

    [Fact]
    public void Every_example_on_the_page_is_one_of_these()
    {
        var here = Squeeze(File.ReadAllText(Path.Combine(ArchitectureTests.Root, "tests", "Warren.Tests", "Testing", "ExampleTests.cs")));
        var examples = Examples().Matches(File.ReadAllText(Path.Combine(ArchitectureTests.Root, "docs", "testing.md"))).Select(match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(Squeeze(example), here, StringComparison.Ordinal));
    }

    private static string Squeeze(string text) => Spaces().Replace(text, " ");

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
