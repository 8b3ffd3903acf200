using System.Text;

namespace Warren.Amqp;

/// <summary>
/// AMQP's long string: octets with a 32-bit length (AMQP 0-9-1 section 4.2.5.3). A value that was read from a frame is a view of
/// that frame's buffer.
/// </summary>
public readonly struct LongString(ReadOnlyMemory<byte> octets) : IEquatable<LongString>
{
    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Memory { get; } = octets;

    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>How many octets.</summary>
    public int Length => Memory.Length;

    /// <summary>Text as UTF-8.</summary>
    public static implicit operator LongString(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The same octets.</summary>
    public static bool operator ==(LongString left, LongString right) => left.Equals(right);

    /// <summary>Other octets.</summary>
    public static bool operator !=(LongString left, LongString right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(LongString other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LongString other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => new ShortString(Memory[..Math.Min(Length, ShortString.MaxLength)]).GetHashCode();

    /// <summary>The text; octets that are not UTF-8 become U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);
}
