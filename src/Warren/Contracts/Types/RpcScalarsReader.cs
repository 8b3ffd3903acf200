using System.Buffers.Text;
using System.ComponentModel;
using System.Text;

namespace Warren;

/// <summary>
/// For generated code: arguments that are few and plain, from JSON as <see cref="RpcScalarsWriter"/> writes it. Whatever looks different, right or wrong, is left to
/// <see cref="RpcArguments{T}"/>, which reads all JSON and says what is wrong.
/// </summary>
/// <param name="body">The body of the request.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct RpcScalarsReader(in ReceivedBody body)
{
    private const int GuidLength = 36;

    private ReadOnlySpan<byte> _rest = body.Span;

    /// <summary>Reads a member: what stands before the value, and the value.</summary>
    public bool Read(ReadOnlySpan<byte> before, out int value)
    {
        value = 0;
        return Literal(before) && IsNumber() && Utf8Parser.TryParse(_rest, out value, out var length) && Advance(length);
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out int)"/>
    public bool Read(ReadOnlySpan<byte> before, out long value)
    {
        value = 0;
        return Literal(before) && IsNumber() && Utf8Parser.TryParse(_rest, out value, out var length) && Advance(length);
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out int)"/>
    public bool Read(ReadOnlySpan<byte> before, out bool value)
    {
        value = false;
        return Literal(before) && ((value = Literal("true"u8)) || Literal("false"u8));
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out int)"/>
    public bool Read(ReadOnlySpan<byte> before, out Guid value)
    {
        value = default;
        return Literal(before) && Literal("\""u8) && Utf8Parser.TryParse(_rest, out value, out var length) && length == GuidLength && Advance(length) && Literal("\""u8);
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out int)"/>
    public bool Read(ReadOnlySpan<byte> before, out string value)
    {
        value = "";
        if (!Literal(before) || !Literal("\""u8))
            return false;
        var length = _rest.IndexOfAnyExcept(PlainText.Octets);
        if (length < 0)
            return false;
        value = Encoding.ASCII.GetString(_rest[..length]);
        return Advance(length) && Literal("\""u8);
    }

    /// <summary>True when the object ends here, and the body with it.</summary>
    public readonly bool IsAtEnd => _rest.SequenceEqual("}"u8);

    // JSON has no plus, and no zero before other digits.
    private readonly bool IsNumber()
    {
        var digits = _rest.StartsWith("-"u8) ? _rest[1..] : _rest;
        return digits.Length > 1 && (digits[0] is >= (byte)'1' and <= (byte)'9' || (digits[0] == '0' && !char.IsAsciiDigit((char)digits[1]) && digits.Length == _rest.Length));
    }

    private bool Literal(ReadOnlySpan<byte> octets) => _rest.StartsWith(octets) && Advance(octets.Length);

    private bool Advance(int length)
    {
        _rest = _rest[length..];
        return true;
    }
}
