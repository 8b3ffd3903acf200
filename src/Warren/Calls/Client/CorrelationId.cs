namespace Warren;

/// <summary>
/// A call's id: the slot it sits in and that slot's generation, as 16 hexadecimal digits on the wire. Matching a reply is reading a
/// number, and a reply that comes late or twice meets another generation.
/// </summary>
internal readonly record struct CorrelationId(ulong Value)
{
    /// <summary>Octets on the wire.</summary>
    public const int Length = 16;

    public const int SlotBits = 20;
    public const int MaxSlots = 1 << SlotBits;
    private const ulong GenerationMask = ulong.MaxValue >> SlotBits;

    public CorrelationId(int slot, ulong generation)
        : this(((generation & GenerationMask) << SlotBits) | (uint)slot)
    {
    }

    public int Slot => (int)(Value & (MaxSlots - 1));

    /// <summary>44 bits.</summary>
    public ulong Generation => Value >> SlotBits;

    public static ulong NextGeneration(ulong generation) => (generation + 1) & GenerationMask;

    public void Write(Span<byte> to)
    {
        for (var i = 0; i < Length; i++)
            to[i] = "0123456789abcdef"u8[(int)(Value >> (60 - (4 * i))) & 0xF];
    }

    /// <summary>Reads exactly what <see cref="Write"/> writes; anything else is not ours.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out CorrelationId id)
    {
        id = default;
        if (text.Length != Length)
            return false;
        var value = 0UL;
        foreach (var octet in text)
        {
            var digit = octet switch
            {
                >= (byte)'0' and <= (byte)'9' => octet - '0',
                >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
                _ => -1,
            };
            if (digit < 0)
                return false;
            value = (value << 4) | (uint)digit;
        }
        id = new CorrelationId(value);
        return true;
    }

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[Length];
        Write(text);
        return System.Text.Encoding.ASCII.GetString(text);
    }
}
