using System.Text;
using System.Text.Unicode;

namespace Warren.Amqp;

/// <summary>
/// AMQP's short string: 0 to 255 octets, usually UTF-8 (AMQP 0-9-1 section 4.2.5.3). Octets that are not UTF-8 pass unchanged.
/// A value that was read from a frame is a view of that frame's buffer: keep it with <see cref="ToOwned"/> or <see cref="ToString"/>.
/// </summary>
public readonly struct ShortString : IEquatable<ShortString>
{
    /// <summary>The longest short string, in octets.</summary>
    public const int MaxLength = 255;

    private readonly ReadOnlyMemory<byte> _octets;

    /// <summary>Wraps octets without a copy.</summary>
    /// <exception cref="ArgumentException">More than 255 octets.</exception>
    public ShortString(ReadOnlyMemory<byte> octets)
    {
        if (octets.Length > MaxLength)
            ThrowTooLong(octets);
        _octets = octets;
    }

    /// <summary>Encodes text as UTF-8.</summary>
    /// <exception cref="ArgumentException">The text is longer than 255 octets in UTF-8.</exception>
    public ShortString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > MaxLength)
            throw new ArgumentException($"A short string holds at most {MaxLength} octets; '{text[..40]}...' has {length}.", nameof(text));
        _octets = Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Span => _octets.Span;

    /// <summary>The octets, to keep or to slice.</summary>
    public ReadOnlyMemory<byte> Memory => _octets;

    /// <summary>How many octets.</summary>
    public int Length => _octets.Length;

    /// <summary>True when there are no octets.</summary>
    public bool IsEmpty => _octets.IsEmpty;

    /// <summary>True when the octets are well-formed UTF-8.</summary>
    public bool IsUtf8 => Utf8.IsValid(_octets.Span);

    /// <summary>Text as a short string; see <see cref="ShortString(string)"/>.</summary>
    public static implicit operator ShortString(string text) => new(text);

    /// <summary>The same octets.</summary>
    public static bool operator ==(ShortString left, ShortString right) => left.Equals(right);

    /// <summary>Other octets.</summary>
    public static bool operator !=(ShortString left, ShortString right) => !left.Equals(right);

    /// <summary>Text cut to at most 255 octets on a character's boundary, ending in <c>...</c> when something was cut.</summary>
    public static ShortString Truncate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var octets = Encoding.UTF8.GetBytes(text);
        if (octets.Length <= MaxLength)
            return new ShortString(octets);
        var end = MaxLength - 3;
        while (end > 0 && (octets[end] & 0xC0) == 0x80) // A continuation octet: step back to where its character starts.
            end--;
        "..."u8.CopyTo(octets.AsSpan(end));
        return new ShortString(octets.AsMemory(0, end + 3));
    }

    /// <summary>A copy that owns its octets and outlives the frame.</summary>
    public ShortString ToOwned() => IsEmpty ? default : new ShortString(_octets.ToArray());

    /// <inheritdoc/>
    public bool Equals(ShortString other) => _octets.Span.SequenceEqual(other._octets.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ShortString other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_octets.Span);
        return hash.ToHashCode();
    }

    /// <summary>The text; octets that are not UTF-8 become U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_octets.Span);

    // Apart, so that the constructor stays small enough to be inlined.
    private static void ThrowTooLong(ReadOnlyMemory<byte> octets) =>
        throw new ArgumentException($"A short string holds at most {MaxLength} octets; this one has {octets.Length}.", nameof(octets));
}
