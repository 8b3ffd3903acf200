using Warren.Amqp;

namespace Warren.Tests.Calls;

public sealed class BudgetTests
{
    private const long Now = 1_900_000_000_000;
    private const long HourMs = 3_600_000;

    [Theory]
    [InlineData(5000, Now, 5000)]              // Just sent.
    [InlineData(5000, Now - 1200, 3800)]       // Waited.
    [InlineData(5000, Now - 5000, 0)]          // Time is up.
    [InlineData(5000, Now - 7300, -2300)]      // Lay in a socket's buffer.
    [InlineData(5000, Now + HourMs, 5000)]     // The client's clock is ahead: never more than the timeout.
    [InlineData(5000, Now - HourMs, 5000)]     // The client's clock is behind, or ours ahead: no effect.
    public void The_budget_is_timeout_minus_age_as_far_as_the_clocks_can_be_believed(int timeoutMs, long sentAtMs, long leftMs)
    {
        var properties = View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", timeoutMs), ("rpc-sent-at", sentAtMs)) });

        Assert.Equal(leftMs, Budget.Read(properties, Now).LeftMs);
    }

    [Fact]
    public void A_foreign_request_has_no_limit_unless_it_expires()
    {
        Assert.False(Budget.Read(default, Now).IsLimited);
        Assert.Equal(1500, Budget.Read(View(new BasicProperties { Expiration = "1500" }), Now).LeftMs);
        Assert.False(Budget.Read(View(new BasicProperties { Expiration = "soon" }), Now).IsLimited);
        Assert.False(Budget.Read(View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", -1)) }), Now).IsLimited);
        Assert.False(Budget.Read(View(new BasicProperties { Headers = FieldTable.Create(("rpc-timeout-ms", "10")) }), Now).IsLimited);
    }

    private static PropertiesView View(BasicProperties properties)
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return PropertiesView.Read(octets);
    }
}
