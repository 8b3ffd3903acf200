using Warren.Cli.Options;

namespace Warren.Tests.Cli;

public sealed class SizeOptionTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("50000000", 50_000_000)]
    [InlineData("50MB", 50_000_000)]
    [InlineData("50mb", 50_000_000)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("4kB", 4000)]
    [InlineData("100b", 100)]
    public void A_size_may_have_a_unit(string text, long octets)
    {
        Assert.True(SizeOption.TryParse(text, out var parsed));
        Assert.Equal(octets, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("MB")]
    [InlineData("much")]
    [InlineData("1e3")]
    [InlineData("99999999TB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(SizeOption.TryParse(text, out _));
}
