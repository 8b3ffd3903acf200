using Warren.Client;

namespace Warren.Tests.Client;

public class ConnectionKeeperTests
{
    private readonly ScriptedBroker _broker = new();

    [Fact]
    public async Task A_keeper_that_is_disposed_while_it_comes_back_closes_the_connection_that_comes_too_late()
    {
        // It had set everything up on the new connection, and told of it after the disposal had looked for one: both waited for ever.
        Task? disposing = null;
        ConnectionKeeper? keeper = null;
        AmqpConnection? late = null;
        keeper = await ConnectionKeeper.StartAsync(
            new ConnectionOptions { InProcess = _broker },
            new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(1) },
            (connection, _) =>
            {
                late = connection;
                disposing = keeper?.DisposeAsync().AsTask();
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);

        _broker.Drop();
        while (Volatile.Read(ref disposing) is null)
            await Task.Yield();
        await disposing!;

        Assert.False(late!.IsOpen);
        await Assert.ThrowsAsync<AmqpException>(() => keeper.GetAsync(TestContext.Current.CancellationToken).AsTask());
    }
}
