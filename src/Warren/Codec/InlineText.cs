using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>The text of a scalar, standing inside the struct that carries it, so that a number costs no array.</summary>
[InlineArray(Capacity)]
internal struct InlineText
{
    /// <summary>The longest scalar is a GUID with 36 octets.</summary>
    public const int Capacity = 40;

    private byte _first;
}
