namespace Warren.Amqp;

/// <summary>How long each field value is.</summary>
internal static class FieldSizes
{
    public const int Unknown = -2;
    public const int Counted = -1; // Four octets of length come first.

    public static int Of(FieldType type) => type switch
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
