using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Warren.Tests.Contracts;

/// <summary>Arguments that are few and plain have a short way of their own; it must do what the long one does.</summary>
public sealed class ScalarArgumentsTests
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Noted _noted = new();

    [Fact]
    public void They_are_written_as_the_JSON_writer_writes_them() => Prop.ForAll<int, long, Tuple<bool, Guid, NonNull<string>>>((whole, wide, rest) =>
    {
        var (flag, id, text) = (rest.Item1, rest.Item2, rest.Item3.Get);
        if (text.Any(char.IsSurrogate))
            return true; // Half of a pair is no text.
        var expected = JsonSerializer.Serialize(new Dictionary<string, object> { ["whole"] = whole, ["wide"] = wide, ["flag"] = flag, ["id"] = id, ["text"] = text }, Relaxed);
        return Written(whole, wide, flag, id, text) == expected;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("a \"quote\" and a back\\slash")]
    [InlineData("ä, \u007f and \n")]
    public void So_is_every_text(string text) => Assert.Equal(
        JsonSerializer.Serialize(new Dictionary<string, object> { ["whole"] = 1, ["wide"] = -2L, ["flag"] = true, ["id"] = Guid.Empty, ["text"] = text }, Relaxed),
        Written(1, -2, true, Guid.Empty, text));

    [Fact]
    public void What_is_too_long_for_the_short_way_is_whole()
    {
        var text = new string('x', 5000);

        Assert.Equal((1, 2L, false, Guid.Empty, text), Read(Encoding.UTF8.GetBytes(Written(1, 2, false, Guid.Empty, text))));
    }

    [Fact]
    public void They_are_read_as_the_JSON_reader_reads_them() => Prop.ForAll(Arb.From(Bodies()), body =>
    {
        var octets = Encoding.UTF8.GetBytes(body);
        return Equals(Read(octets), Read([(byte)' ', .. octets])); // With the space in front only the reader can read it.
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("007")]
    [InlineData("+7")]
    [InlineData("-")]
    [InlineData("2147483648")]
    [InlineData("7 8")]
    [InlineData("7.5")]
    [InlineData("\"7\"")]
    [InlineData("null")]
    [InlineData("")]
    public void What_is_no_number_is_none(string number) =>
        Assert.Null(Read(Encoding.UTF8.GetBytes($$"""{"whole":{{number}},"wide":1,"flag":true,"id":"{{Guid.Empty}}","text":"x"}""")));

    // Right ones, and such that have one place changed.
    private static Gen<string> Bodies()
    {
        var number = Mostly(["0", "7", "-7", "2147483647"], ["-0", "00", "+7", "1e2", "1.0", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-", "", " 5", "5 ", "null"]);
        var flag = Mostly(["true", "false"], ["True", "tru", "truefalse", "1", "null", " true"]);
        var id = Mostly([$"\"{Guid.Empty}\"", "\"01234567-89AB-cdef-0123-456789abcdef\""], ["\"0123456789abcdef0123456789abcdef\"", "\"{00000000-0000-0000-0000-000000000000}\"", "\"\"", "7"]);
        var text = Mostly(["\"\"", "\"x\""], ["\"a\\n\"", "\"\\u0041\"", "\"ä\"", "\"\t\"", "\"", "\"x", "null", "\"x\"x"]);
        var end = Mostly(["}"], ["} ", "", "}}", ",\"more\":[1]}", ",\"whole\":8}", "}x"]);
        return from whole in number from wide in number from isSet in flag from guid in id from words in text from last in end
               select $$"""{"whole":{{whole}},"wide":{{wide}},"flag":{{isSet}},"id":{{guid}},"text":{{words}}{{last}}""";
    }

    private static Gen<string> Mostly(string[] plain, string[] odd) => Gen.Frequency((6, Gen.Elements(plain)), (1, Gen.Elements(odd)));

    private static string Written(int whole, long wide, bool flag, Guid id, string text)
    {
        var loopback = new Loopback<IScalars>(new Noted());
        Assert.True(loopback.Client.Take(whole, wide, flag, id, text, default).IsCompletedSuccessfully);
        return loopback.Sent[^1];
    }

    // Null when the arguments were refused.
    private (int Whole, long Wide, bool Flag, Guid Id, string Text)? Read(byte[] body)
    {
        var handler = RpcContract<IScalars>.Get().Handlers[0];
        return handler.TryStart(_noted, body, default, out _, out var error) ? _noted.Last : error.Length > 0 ? null : throw new InvalidOperationException("There is no error.");
    }

    private sealed class Noted : IScalars
    {
        public (int Whole, long Wide, bool Flag, Guid Id, string Text) Last { get; private set; }

        public Task Take(int whole, long wide, bool flag, Guid id, string text, CancellationToken cancellationToken)
        {
            Last = (whole, wide, flag, id, text);
            return Task.CompletedTask;
        }
    }
}

/// <summary>A method whose arguments are few and plain.</summary>
[RpcContract]
public interface IScalars
{
    Task Take(int whole, long wide, bool flag, Guid id, string text, CancellationToken cancellationToken);
}
