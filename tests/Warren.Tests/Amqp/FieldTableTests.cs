using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Warren.Amqp;

namespace Warren.Tests.Amqp;

public class FieldTableTests
{
    [Fact]
    public void Every_type_keeps_its_value_its_width_and_its_place()
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        var table = FieldTable.Create(
            ("t", true), ("b", (sbyte)-1), ("B", (byte)255), ("s", (short)-2), ("u", (ushort)65535), ("I", -3), ("i", 4_000_000_000u),
            ("l", long.MinValue), ("f", 1.5f), ("d", 2.5), ("D", 3.25m), ("T", time), ("S", "text"), ("x", new byte[] { 0, 255 }), ("V", null),
            ("A", new object?[] { 1, "two", null }), ("F", new Dictionary<string, object?> { ["inner"] = 7L }));

        var types = new StringBuilder();
        foreach (var field in table)
        {
            types.Append((char)field.Value.Type);
            Assert.Equal(field.Name.ToString(), ((char)field.Value.Type).ToString());
        }

        Assert.Equal("tbBsuIilfdDTSxVAF", types.ToString());
        var values = table.ToDictionary();
        Assert.Equal(-3, values["I"]);
        Assert.Equal(4_000_000_000u, values["i"]);
        Assert.Equal(3.25m, values["D"]);
        Assert.Equal(time, values["T"]);
        Assert.Equal(new object?[] { 1, "two", null }, Assert.IsType<List<object?>>(values["A"]));
        Assert.Equal(7L, Assert.IsType<Dictionary<string, object?>>(values["F"])["inner"]);
    }

    [Fact]
    public void Upper_case_L_is_a_signed_64_bit_integer_too()
    {
        byte[] octets = [1, (byte)'k', (byte)'L', 255, 255, 255, 255, 255, 255, 255, 255];

        Assert.True(FieldTable.FromOctets(octets).TryGet("k", out var value));

        Assert.True(value.TryGetInteger(out var number));
        Assert.Equal(-1, number);
    }

    [Theory]
    [InlineData((byte)0)]
    [InlineData((byte)'Z')]
    [InlineData((byte)255)]
    public void An_unknown_type_is_a_syntax_error(byte type) =>
        Assert.Equal(ReplyCode.SyntaxError, Refuse([1, (byte)'k', type, 0, 0, 0, 0]).ReplyCode);

    [Fact]
    public void Lengths_that_leave_the_table_are_refused()
    {
        Refuse([200, (byte)'k']);
        Refuse([1]);
        Refuse([1, (byte)'k']);
        Refuse([1, (byte)'k', (byte)'S', 0, 0, 0, 5, 1, 2]);
        Refuse([1, (byte)'k', (byte)'S', 255, 255, 255, 255]);
        Refuse([1, (byte)'k', (byte)'A', 0, 0, 0, 2, (byte)'I', 0]);
        Refuse([1, (byte)'k', (byte)'F', 0, 0, 0, 3, 1, (byte)'x', (byte)'l', 0, 0]);
    }

    [Fact]
    public void Thirty_two_levels_are_read_and_thirty_three_are_refused()
    {
        FieldTable.FromOctets(Nested(32));

        Assert.Equal(ReplyCode.SyntaxError, Refuse(Nested(33)).ReplyCode);
        Assert.Equal(ReplyCode.SyntaxError, Refuse(Nested(5000)).ReplyCode);
    }

    [Fact]
    public void A_decimal_that_does_not_fit_names_the_field()
    {
        var error = Assert.Throws<ArgumentException>(() => FieldTable.Create(("price", 12345678901234m)));

        Assert.Contains("price", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_octets_are_walked_to_the_end_or_refused() =>
        Prop.ForAll<byte[]>(octets =>
        {
            try
            {
                FieldTable.FromOctets(octets).ToDictionary();
            }
            catch (ProtocolException)
            {
                // Refused, which is as good; anything else fails the property, which prints its seed.
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_table_survives_its_dictionary()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var values = new RandomValues(seed).Table().ToDictionary();

            Assert.Equal(values, FieldTable.From(values).ToDictionary());
        }
    }

    private static ProtocolException Refuse(byte[] octets) => Assert.Throws<ProtocolException>(() => FieldTable.FromOctets(octets));

    private static byte[] Nested(int levels)
    {
        byte[] octets = [];
        for (var level = 0; level < levels; level++)
            octets = [1, (byte)'k', (byte)'F', (byte)(octets.Length >> 24), (byte)(octets.Length >> 16), (byte)(octets.Length >> 8), (byte)octets.Length, .. octets];
        return octets;
    }
}
