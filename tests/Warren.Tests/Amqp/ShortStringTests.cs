using System.Text;
using Warren.Amqp;

namespace Warren.Tests.Amqp;

public class ShortStringTests
{
    [Fact]
    public void More_than_255_octets_are_refused_and_the_text_is_named()
    {
        var error = Assert.Throws<ArgumentException>(() => new ShortString(new string('q', 256)));

        Assert.Contains("qqqq", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_that_are_not_utf8_pass_unchanged()
    {
        byte[] octets = [0xFF, 0xFE, 0x00];

        var text = new ShortString(octets);

        Assert.False(text.IsUtf8);
        Assert.Equal(octets, text.ToOwned().Span.ToArray());
    }

    /// <summary>Row 37.</summary>
    [Theory]
    [InlineData(248)]
    [InlineData(249)]
    [InlineData(250)]
    [InlineData(251)]
    [InlineData(252)]
    public void A_cut_reply_text_ends_on_a_characters_boundary(int plain)
    {
        var text = ShortString.Truncate(new string('a', plain) + string.Concat(Enumerable.Repeat("é", 20)));

        Assert.True(text.IsUtf8);
        Assert.InRange(text.Length, 250, 255);
        Assert.EndsWith("...", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_text_has_the_name_of_its_code()
    {
        Assert.Equal("NOT_FOUND - no queue 'q' in vhost '/'", ReplyCode.NotFound.ReplyText("no queue 'q' in vhost '/'").ToString());
        Assert.Equal(255, Encoding.UTF8.GetByteCount(ReplyCode.NotFound.ReplyText(new string('x', 600)).ToString()));
    }
}
