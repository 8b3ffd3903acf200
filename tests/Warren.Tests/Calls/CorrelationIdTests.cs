using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Warren.Tests.Calls;

public sealed class CorrelationIdTests
{
    [Fact]
    public void Every_slot_and_generation_comes_back_from_its_text() =>
        Prop.ForAll<int, ulong>((slot, generation) =>
        {
            var id = new CorrelationId(slot & (CorrelationId.MaxSlots - 1), generation);
            var text = new byte[CorrelationId.Length];
            id.Write(text);

            return CorrelationId.TryRead(text, out var read) && read == id
                && read.Slot == (slot & (CorrelationId.MaxSlots - 1)) && read.Generation == (generation & (ulong.MaxValue >> CorrelationId.SlotBits));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Only_the_text_that_is_written_is_read() =>
        Prop.ForAll<byte[]>(octets =>
        {
            if (!CorrelationId.TryRead(octets, out var id))
                return true;
            var text = new byte[CorrelationId.Length];
            id.Write(text);
            return octets.AsSpan().SequenceEqual(text);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcde")]
    [InlineData("0123456789abcdef0")]
    [InlineData("0123456789ABCDEF")]
    [InlineData("0123456789abcdeg")]
    [InlineData("f1aab16c-7a5b-4f")]
    public void Foreign_text_is_not_an_id(string text) => Assert.False(CorrelationId.TryRead(Encoding.UTF8.GetBytes(text), out _));
}
