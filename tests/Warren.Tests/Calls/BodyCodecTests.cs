using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace Warren.Tests.Calls;

internal sealed record Order(string Item, int Count);

[JsonSerializable(typeof(Order))]
internal sealed partial class OrderContext : JsonSerializerContext;

public sealed class BodyCodecTests
{
    private readonly BodyCodec _codec = new(new JsonSerializerOptions { TypeInfoResolver = OrderContext.Default });

    [Fact]
    public void Scalars_come_back_from_their_text()
    {
        Prop.ForAll<int>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<long>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<ulong>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<short>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<byte>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<bool>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<double>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<decimal>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<Guid>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<DateTimeOffset>(Survives).QuickCheckThrowOnFailure();
        Prop.ForAll<TimeSpan>(Survives).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_longest_scalars_fit()
    {
        Assert.True(Survives(decimal.MinValue));
        Assert.True(Survives(double.MinValue));
        Assert.True(Survives(-1.7976931348623157E-308));
        Assert.True(Survives(long.MinValue));
        Assert.True(Survives(TimeSpan.MinValue));
        Assert.True(Survives(DateTimeOffset.MaxValue));
        Assert.True(Survives(Guid.NewGuid()));
        Assert.True(Survives(float.MinValue));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData(" 30")]
    [InlineData("30 ")]
    [InlineData("30\n")]
    [InlineData("3.0")]
    [InlineData("3e1")]
    [InlineData("0x1E")]
    [InlineData("1,000")]
    [InlineData("2147483648")]
    [InlineData("30abc")]
    public void What_is_not_exactly_a_number_is_refused_and_shown(string body)
    {
        Assert.False(_codec.TryDecode<int>(Encoding.UTF8.GetBytes(body), out _, out var error));
        Assert.Contains("is not a whole number (Int32)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_of_a_body_never_reach_a_message()
    {
        Assert.False(_codec.TryDecode<int>("\u001b[31m\r\n\u0000evil"u8.ToArray(), out _, out var error));

        Assert.DoesNotContain(error, char.IsControl);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused() => Assert.False(_codec.TryDecode<string>((byte[])[0xC3, 0x28], out _, out _));

    [Fact]
    public void Octets_pass_untouched()
    {
        byte[] octets = [0, 0xFF, 0x80];

        Assert.True(_codec.TryDecode<byte[]>(octets, out var read, out _));
        Assert.Equal(octets, read);
        Assert.Equal(octets, _codec.Encode(octets).ToOctets().ToArray());
    }

    [Fact]
    public void Described_types_are_json()
    {
        var payload = _codec.Encode(new Order("bolt", 3));

        Assert.Equal("""{"Item":"bolt","Count":3}""", payload.ToString());
        Assert.True(_codec.TryDecode<Order>(payload.ToOctets(), out var order, out _));
        Assert.Equal(new Order("bolt", 3), order);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    public void What_is_not_the_json_of_the_type_is_refused(string body) => Assert.False(_codec.TryDecode<Order>(Encoding.UTF8.GetBytes(body), out _, out _));

    [Fact]
    public void A_type_that_nobody_described_names_the_remedy()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new BodyCodec(null).Require<Order>());

        Assert.Contains("BusOptions.Json", error.Message, StringComparison.Ordinal);
    }

    private bool Survives<T>(T value) => _codec.TryDecode<T>(_codec.Encode(value).ToOctets(), out var read, out _) && Equals(value, read);
}
