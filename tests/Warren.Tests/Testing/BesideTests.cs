using Warren.Testing;

namespace Warren.Tests.Testing;

/// <summary>What is promised does not depend on having the thread pool to oneself.</summary>
[Collection(nameof(AloneCollection))]
public sealed class BesideTests
{
    [Fact]
    public async Task Many_brokers_at_once_each_keep_their_own_time() =>
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync()));

    [Fact]
    public async Task A_handler_that_blocks_a_thread_of_the_pool_holds_nobody_up()
    {
        using var blocked = new ManualResetEventSlim();
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync();
        await using var blocking = await bus.ServeAsync("block", (int n) =>
        {
            blocked.Wait();
            return n;
        });
        var call = bus.CallAsync<int>("block", 1, new CallOptions { Timeout = TimeSpan.FromSeconds(30) });

        await broker.AdvanceAsync(TimeSpan.FromSeconds(30));
        var isFaulted = call.IsFaulted;
        blocked.Set();

        Assert.True(isFaulted);
        await Assert.ThrowsAsync<RpcException>(() => call);
    }

    private static async Task RunAsync()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var bus = await broker.ConnectAsync();
        await using var server = await bus.ServeAsync("slow", async (int n, CancellationToken token) =>
        {
            await broker.Time.Delay(TimeSpan.FromSeconds(5), token);
            return n;
        });
        for (var run = 0; run < 10; run++)
        {
            var late = bus.CallAsync<int>("slow", run, new CallOptions { Timeout = TimeSpan.FromSeconds(4) });
            var inTime = bus.CallAsync<int>("slow", run, new CallOptions { Timeout = TimeSpan.FromSeconds(6) });

            await broker.AdvanceAsync(TimeSpan.FromSeconds(5));

            Assert.True(late.IsFaulted);
            Assert.Equal(run, inTime.IsCompletedSuccessfully ? inTime.Result : -1);
        }
    }
}
