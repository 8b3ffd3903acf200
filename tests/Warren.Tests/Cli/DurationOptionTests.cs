using Warren.Cli.Options;

namespace Warren.Tests.Cli;

public sealed class DurationOptionTests
{
    [Theory]
    [InlineData("5", 5000)]
    [InlineData("5s", 5000)]
    [InlineData("1.5s", 1500)]
    [InlineData("200ms", 200)]
    [InlineData("2m", 120_000)]
    public void A_time_may_have_a_unit(string text, double milliseconds)
    {
        Assert.True(DurationOption.TryParse(text, out var time));
        Assert.Equal(milliseconds, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("ms")]
    [InlineData("five")]
    [InlineData("1e400")]
    [InlineData("25h")]
    [InlineData("86401")]
    public void A_time_is_above_zero_and_at_most_a_day(string text)
    {
        Assert.False(DurationOption.TryParse(text, out _));
    }
}
