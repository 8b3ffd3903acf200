using Warren.Cli.Measure;

namespace Warren.Tests.Cli;

public sealed class InFlightWindowTests
{
    private readonly Meter _meter = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(1024)]
    public async Task A_full_window_waits_for_the_consumer(int limit)
    {
        using var window = new InFlightWindow(limit, _meter.LaneOf(0));
        var entered = 0;
        ValueTask waiting;
        while ((waiting = window.EnterAsync(CancellationToken.None)).IsCompleted)
            entered++;

        Assert.InRange(entered, 1, limit);
        for (var i = 0; i < entered; i++)
            window.Left();
        Assert.Equal(entered, _meter.Total);
        await waiting; // It has room now.
    }
}
