using System.Buffers;
using System.Buffers.Text;
using System.ComponentModel;
using System.Text;

namespace Warren;

/// <summary>
/// For generated code: arguments that are few and plain, as JSON without a writer. What it cannot write, such as a text with a quote in it, is left to
/// <see cref="RpcType{T}.Encode"/>, which writes everything; the octets are the same.
/// </summary>
/// <param name="buffer">Where it writes; arguments that do not fit are left too.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct RpcScalarsWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _written;

    /// <summary>Writes a member: what stands before the value, and the value.</summary>
    public bool Write(ReadOnlySpan<byte> before, int value) =>
        Literal(before) && Utf8Formatter.TryFormat(value, _buffer[_written..], out var length) && Advance(length);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, int)"/>
    public bool Write(ReadOnlySpan<byte> before, long value) =>
        Literal(before) && Utf8Formatter.TryFormat(value, _buffer[_written..], out var length) && Advance(length);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, int)"/>
    public bool Write(ReadOnlySpan<byte> before, bool value) => Literal(before) && Literal(value ? "true"u8 : "false"u8);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, int)"/>
    public bool Write(ReadOnlySpan<byte> before, Guid value) =>
        Literal(before) && Literal("\""u8) && Utf8Formatter.TryFormat(value, _buffer[_written..], out var length) && Advance(length) && Literal("\""u8);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, int)"/>
    public bool Write(ReadOnlySpan<byte> before, string? value)
    {
        if (value is null || value.AsSpan().ContainsAnyExcept(PlainText.Characters))
            return false;
        return Literal(before) && Literal("\""u8) && Ascii.FromUtf16(value, _buffer[_written..], out var length) == OperationStatus.Done && Advance(length) && Literal("\""u8);
    }

    /// <summary>Ends the object.</summary>
    public bool TryEnd(out Payload body)
    {
        var isWhole = Literal("}"u8);
        body = isWhole ? Payload.FromJson(_buffer[.._written]) : default;
        return isWhole;
    }

    private bool Literal(ReadOnlySpan<byte> octets) => octets.TryCopyTo(_buffer[_written..]) && Advance(octets.Length);

    private bool Advance(int length)
    {
        _written += length;
        return true;
    }
}
