using Warren.Amqp;

namespace Warren.Tests.Calls;

public sealed class BudgetTests
{
    private const long Now = 1_900_000_000_000;
    private const long HourMs = 3_600_000;

    [Theory]
    [InlineData(5000, Now, 5000)]              // Just sent.
    [InlineData(5000, Now - 1200, 3800)]       // Waited in the queue.
    [InlineData(5000, Now - 5000, 0)]          // Time is up.
    [InlineData(5000, Now - 5900, -900)]       // Left the broker just before, and lay in a socket's buffer.
    [InlineData(5000, Now - 6100, 5000)]       // The broker had dropped it long ago: our clock is ahead of the client's.
    [InlineData(10_000, Now - 15_000, 10_000)] // A quarter of a minute is enough, no matter how short the timeouts are.
    [InlineData(5000, Now - HourMs, 5000)]
    [InlineData(5000, Now + 15_000, 5000)]     // The client's clock is ahead: never more than the timeout.
    [InlineData(5000, Now + HourMs, 5000)]
    public void The_budget_is_timeout_minus_age_as_far_as_the_clocks_can_be_believed(int timeoutMs, long sentAtMs, long leftMs) =>
        Assert.Equal(leftMs, Budget.Read(Sent(timeoutMs, sentAtMs), Now, waitedMs: 0).LeftMs);

    [Theory]
    [InlineData(Now, 1000)]           // Clocks that agree,
    [InlineData(Now - 2000, -1000)]   // also when it was some seconds old.
    [InlineData(Now - HourMs, 1000)]  // Clocks that do not, either way.
    [InlineData(Now + HourMs, 1000)]
    public void What_it_waits_in_the_server_counts_whatever_the_clocks_say(long sentAtMs, long leftMs)
    {
        var budget = Budget.Read(Sent(5000, sentAtMs), Now, waitedMs: 4000);

        Assert.Equal(leftMs, budget.LeftMs);
        Assert.True(Budget.Read(Sent(5000, sentAtMs), Now, waitedMs: 5000).IsSpent);
    }

    [Fact]
    public void An_age_that_cannot_be_believed_is_none()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(1500), Budget.Read(Sent(5000, Now - 1200), Now, waitedMs: 300).Age);
        Assert.Null(Budget.Read(Sent(5000, Now - HourMs), Now, waitedMs: 300).Age);
    }

    [Fact]
    public void A_foreign_request_has_no_limit_unless_it_expires()
    {
        Assert.False(Budget.Read(default, Now, waitedMs: 0).IsLimited);
        Assert.Equal(1500, Budget.Read(View(new BasicProperties { Expiration = "1500" }), Now, waitedMs: 0).LeftMs);
        Assert.Equal(1100, Budget.Read(View(new BasicProperties { Expiration = "1500" }), Now, waitedMs: 400).LeftMs);
        Assert.False(Budget.Read(View(new BasicProperties { Expiration = "soon" }), Now, waitedMs: 0).IsLimited);
        Assert.False(Budget.Read(View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", -1)) }), Now, waitedMs: 0).IsLimited);
        Assert.False(Budget.Read(View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", "10")) }), Now, waitedMs: 0).IsLimited);
    }

    private static PropertiesView Sent(int timeoutMs, long sentAtMs) =>
        View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", timeoutMs), ("rpc-sent-at", sentAtMs)) });

    private static PropertiesView View(BasicProperties properties)
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return PropertiesView.Read(octets);
    }
}
