using Warren.Broker;
using Warren.Testing;

namespace Warren.Tests.Broker;

public sealed class InProcessOnlyTests
{
    [Fact]
    public async Task A_broker_without_socket_serves_this_process_and_has_no_port()
    {
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true }, TestContext.Current.CancellationToken);
        await using var bus = await Bus.ConnectAsync(broker, cancellationToken: TestContext.Current.CancellationToken);
        await using var server = await bus.ServeAsync("double", (int n) => 2 * n, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(42, await bus.CallAsync<int>("double", 21, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<InvalidOperationException>(() => broker.Port);
        Assert.Throws<InvalidOperationException>(() => broker.Uri);
    }

    [Fact]
    public async Task A_driven_clock_is_refused_where_sockets_would_not_follow_it() =>
        await Assert.ThrowsAsync<ArgumentException>(() => WarrenBroker.StartAsync(new BrokerOptions { TimeProvider = new TestClock() }, TestContext.Current.CancellationToken));
}
