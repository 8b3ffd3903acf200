using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>How long each field value is.</summary>
internal static class FieldSizes
{
    public const int Unknown = -2;
    public const int Counted = -1; // Four octets of length come first.

    private static readonly sbyte[] Sizes = [.. Enumerable.Range(0, 256).Select(type => (sbyte)SizeOf((FieldType)type))]; // Asked for every field of every message.

    public static int Of(FieldType type) => Sizes[(byte)type];

    /// <summary>Where a value ends whose type octet stands here. The octets were checked before.</summary>
    public static int EndOf(ReadOnlySpan<byte> octets, int position)
    {
        int size = Sizes[octets[position++]];
        return size == Counted ? position + 4 + BinaryPrimitives.ReadInt32BigEndian(octets[position..]) : position + size;
    }

    private static int SizeOf(FieldType type) => type switch
    {
        FieldType.Void => 0,
        FieldType.Boolean or FieldType.SignedByte or FieldType.UnsignedByte => 1,
        FieldType.SignedShort or FieldType.UnsignedShort => 2,
        FieldType.SignedInt or FieldType.UnsignedInt or FieldType.Float => 4,
        FieldType.Decimal => 5,
        FieldType.SignedLong or FieldType.SignedLongUpper or FieldType.Double or FieldType.Timestamp => 8,
        FieldType.LongString or FieldType.ByteArray or FieldType.Array or FieldType.Table => Counted,
        _ => Unknown,
    };
}
