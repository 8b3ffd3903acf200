using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>
/// Walks a field table once, and refuses what is not well-formed. After it every reader of the table may trust the lengths inside.
/// </summary>
internal static class FieldTableCheck
{
    /// <summary>How deep tables and arrays may nest. RabbitMQ has no limit; a stack does.</summary>
    public const int MaxDepth = 32;

    public static void Check(ReadOnlySpan<byte> octets, ReplyCode misuse = ReplyCode.SyntaxError) => Check(octets, isNamed: true, MaxDepth, misuse);

    // The fields of a table, or the values of an array, which have no names.
    private static void Check(ReadOnlySpan<byte> octets, bool isNamed, int depthLeft, ReplyCode misuse)
    {
        for (var position = 0; position < octets.Length;)
        {
            if (isNamed)
                position = SkipName(octets, position);
            var type = (FieldType)octets[position++];
            var size = FieldSizes.Of(type);
            if (size >= 0)
            {
                position += size;
                if (position > octets.Length)
                    throw Malformed("a field value runs past its table");
                continue;
            }
            if (size == FieldSizes.Unknown)
                throw new ProtocolException(misuse, $"unknown field value type {(byte)type}");
            var value = CountedValue(octets, position);
            if (type is FieldType.Table or FieldType.Array)
            {
                if (depthLeft == 0)
                    throw new ProtocolException(misuse, $"field table is nested deeper than {MaxDepth} levels");
                Check(value, isNamed: type == FieldType.Table, depthLeft - 1, misuse);
            }
            position += 4 + value.Length;
        }
    }

    private static int SkipName(ReadOnlySpan<byte> octets, int position)
    {
        var next = position + 1 + octets[position];
        return next < octets.Length ? next : throw Malformed("a field name runs past its table");
    }

    private static ReadOnlySpan<byte> CountedValue(ReadOnlySpan<byte> octets, int position)
    {
        if (position + 4 > octets.Length)
            throw Malformed("a field value's length runs past its table");
        var length = BinaryPrimitives.ReadUInt32BigEndian(octets[position..]);
        position += 4;
        if (length > (uint)(octets.Length - position))
            throw Malformed("a field value is longer than its table");
        return octets.Slice(position, (int)length);
    }

    private static ProtocolException Malformed(string what) => new(ReplyCode.FrameError, $"cannot decode field table: {what}");
}
