using System.Globalization;
using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>
/// Scalars as text, the way the tutorials send them: invariant, without grouping, nothing before or after. A plain switch over types
/// that the compiler resolves for each T: no boxing, no reflection.
/// </summary>
internal static class ScalarText
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>True for the types that travel as text, apart from string.</summary>
    public static bool Handles<T>() =>
        typeof(T) == typeof(int) || typeof(T) == typeof(long) || typeof(T) == typeof(bool) || typeof(T) == typeof(double)
        || typeof(T) == typeof(byte) || typeof(T) == typeof(sbyte) || typeof(T) == typeof(short) || typeof(T) == typeof(ushort)
        || typeof(T) == typeof(uint) || typeof(T) == typeof(ulong) || typeof(T) == typeof(float) || typeof(T) == typeof(decimal)
        || typeof(T) == typeof(Guid) || typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateTime) || typeof(T) == typeof(TimeSpan);

    /// <summary>Writes the text; at most <see cref="InlineText.Capacity"/> octets.</summary>
    public static int Format<T>(T value, Span<byte> to)
    {
        if (typeof(T) == typeof(int))
            return Write((int)(object)value!, to);
        if (typeof(T) == typeof(long))
            return Write((long)(object)value!, to);
        if (typeof(T) == typeof(bool))
            return Write((bool)(object)value!, to);
        if (typeof(T) == typeof(double))
            return Write((double)(object)value!, to);
        if (typeof(T) == typeof(byte))
            return Write((byte)(object)value!, to);
        if (typeof(T) == typeof(sbyte))
            return Write((sbyte)(object)value!, to);
        if (typeof(T) == typeof(short))
            return Write((short)(object)value!, to);
        if (typeof(T) == typeof(ushort))
            return Write((ushort)(object)value!, to);
        if (typeof(T) == typeof(uint))
            return Write((uint)(object)value!, to);
        if (typeof(T) == typeof(ulong))
            return Write((ulong)(object)value!, to);
        if (typeof(T) == typeof(float))
            return Write((float)(object)value!, to);
        if (typeof(T) == typeof(decimal))
            return Write((decimal)(object)value!, to);
        if (typeof(T) == typeof(Guid))
            return Write((Guid)(object)value!, to);
        if (typeof(T) == typeof(DateTimeOffset))
            return Write((DateTimeOffset)(object)value!, to, "O");
        if (typeof(T) == typeof(DateTime))
            return Write((DateTime)(object)value!, to, "O");
        return Write((TimeSpan)(object)value!, to);
    }

    /// <summary>Reads the whole text as the type; false when it is not exactly that.</summary>
    public static bool TryParse<T>(ReadOnlySpan<byte> text, out T value)
    {
        if (typeof(T) == typeof(int))
            return Is(int.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(long))
            return Is(long.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(bool))
            return Is(TryParseBoolean(text, out var truth), truth, out value);
        if (typeof(T) == typeof(double))
            return Is(double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowTrailingWhite & ~NumberStyles.AllowLeadingWhite, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(byte))
            return Is(byte.TryParse(text, NumberStyles.None, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(sbyte))
            return Is(sbyte.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(short))
            return Is(short.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(ushort))
            return Is(ushort.TryParse(text, NumberStyles.None, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(uint))
            return Is(uint.TryParse(text, NumberStyles.None, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(ulong))
            return Is(ulong.TryParse(text, NumberStyles.None, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(float))
            return Is(float.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowTrailingWhite & ~NumberStyles.AllowLeadingWhite, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(decimal))
            return Is(decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, Invariant, out var number), number, out value);
        if (typeof(T) == typeof(Guid))
            return Is(Guid.TryParse(text, Invariant, out var id), id, out value);
        return TryParseTime(text, out value);
    }

    private static bool TryParseTime<T>(ReadOnlySpan<byte> text, out T value)
    {
        Span<char> characters = stackalloc char[InlineText.Capacity];
        value = default!;
        if (text.Length > characters.Length)
            return false;
        for (var i = 0; i < text.Length; i++)
            characters[i] = (char)text[i];
        characters = characters[..text.Length];
        if (typeof(T) == typeof(DateTimeOffset))
            return Is(DateTimeOffset.TryParse(characters, Invariant, DateTimeStyles.AssumeUniversal, out var moment), moment, out value);
        if (typeof(T) == typeof(DateTime))
            return Is(DateTime.TryParse(characters, Invariant, DateTimeStyles.RoundtripKind, out var time), time, out value);
        return Is(TimeSpan.TryParse(characters, Invariant, out var span), span, out value);
    }

    private static bool TryParseBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        value = System.Text.Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || System.Text.Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    private static int Write(bool value, Span<byte> to)
    {
        var text = value ? "true"u8 : "false"u8;
        text.CopyTo(to);
        return text.Length;
    }

    private static int Write<TScalar>(TScalar value, Span<byte> to, ReadOnlySpan<char> format = default)
        where TScalar : struct, IUtf8SpanFormattable
    {
        var fits = value.TryFormat(to, out var written, format, Invariant);
        System.Diagnostics.Debug.Assert(fits, "Every scalar's text fits.");
        return written;
    }

    private static bool Is<TScalar, T>(bool parsed, TScalar scalar, out T value)
        where TScalar : struct
    {
        value = parsed ? Unsafe.As<TScalar, T>(ref scalar) : default!;
        return parsed;
    }
}
