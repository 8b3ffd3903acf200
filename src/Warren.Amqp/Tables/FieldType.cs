namespace Warren.Amqp;

/// <summary>
/// The types of field values as RabbitMQ reads them, which is not quite what the specification says
/// (https://www.rabbitmq.com/amqp-0-9-1-errata, section 3).
/// </summary>
public enum FieldType : byte
{
    /// <summary>One octet, zero is false.</summary>
    Boolean = (byte)'t',

    /// <summary>Signed 8 bits.</summary>
    SignedByte = (byte)'b',

    /// <summary>Unsigned 8 bits.</summary>
    UnsignedByte = (byte)'B',

    /// <summary>Signed 16 bits.</summary>
    SignedShort = (byte)'s',

    /// <summary>Unsigned 16 bits.</summary>
    UnsignedShort = (byte)'u',

    /// <summary>Signed 32 bits.</summary>
    SignedInt = (byte)'I',

    /// <summary>Unsigned 32 bits.</summary>
    UnsignedInt = (byte)'i',

    /// <summary>Signed 64 bits.</summary>
    SignedLong = (byte)'l',

    /// <summary>Signed 64 bits too, by RabbitMQ's reading.</summary>
    SignedLongUpper = (byte)'L',

    /// <summary>IEEE 754, 32 bits.</summary>
    Float = (byte)'f',

    /// <summary>IEEE 754, 64 bits.</summary>
    Double = (byte)'d',

    /// <summary>An octet of scale and a signed 32-bit integer.</summary>
    Decimal = (byte)'D',

    /// <summary>Seconds since 1970, 64 bits.</summary>
    Timestamp = (byte)'T',

    /// <summary>Octets, usually UTF-8 text.</summary>
    LongString = (byte)'S',

    /// <summary>Octets.</summary>
    ByteArray = (byte)'x',

    /// <summary>Values without names.</summary>
    Array = (byte)'A',

    /// <summary>A nested table.</summary>
    Table = (byte)'F',

    /// <summary>Nothing.</summary>
    Void = (byte)'V',
}
