using Warren.Amqp;

namespace Warren.Tests.Calls;

public sealed class MethodStatisticsTests
{
    private static readonly ServeOptions Options = new();

    private readonly MethodStatistics _statistics = new();

    [Fact]
    public void A_request_with_less_time_left_than_its_method_takes_is_refused()
    {
        Run(TimeSpan.FromSeconds(5), times: 100);

        var fault = WhyShed("2000");

        Assert.Equal((RpcStatus.ResourceExhausted, RpcOutcome.NotExecuted), (fault!.Value.Status, fault.Value.Outcome));
        Assert.Null(WhyShed("10000"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void A_server_that_was_slow_for_a_while_learns_that_it_is_not_any_more(int slowRequests)
    {
        Run(TimeSpan.FromSeconds(5), slowRequests);

        var refused = 0;
        for (var request = 0; request < 200_000; request++)
        {
            if (WhyShed("2000") is null)
                Run(TimeSpan.FromMilliseconds(1), times: 1);
            else
                refused++;
        }

        Assert.InRange(refused, 1, 100_000); // Those before the median of the requests that were let through has come down.
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Null(WhyShed("2000")));
    }

    private Fault? WhyShed(string leftMs) => _statistics.WhyShed(Options, "Slow", Left(leftMs), out _);

    private void Run(TimeSpan took, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _statistics.Started();
            _statistics.Ended("Slow", took, failed: false);
        }
    }

    private static Budget Left(ShortString milliseconds)
    {
        var properties = new BasicProperties { Expiration = milliseconds };
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        return Budget.Read(PropertiesView.Read(octets), nowMs: 0);
    }
}
