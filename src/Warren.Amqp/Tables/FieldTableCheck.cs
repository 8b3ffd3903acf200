using System.Buffers.Binary;

namespace Warren.Amqp;

/// <summary>
/// Walks a field table once, without recursion, and refuses what is not well-formed. After it every reader of the table may
/// trust the lengths inside.
/// </summary>
internal static class FieldTableCheck
{
    /// <summary>How deep tables and arrays may nest. RabbitMQ has no limit; a stack does.</summary>
    public const int MaxDepth = 32;

    public static void Check(ReadOnlySpan<byte> octets, ReplyCode misuse = ReplyCode.SyntaxError)
    {
        if (octets.IsEmpty)
            return;
        Span<int> ends = stackalloc int[MaxDepth + 1];
        Span<bool> named = stackalloc bool[MaxDepth + 1];
        var depth = 0;
        var position = 0;
        ends[0] = octets.Length;
        named[0] = true;
        while (true)
        {
            while (position == ends[depth])
            {
                if (depth == 0)
                    return;
                depth--;
            }
            position = CheckValue(octets, named[depth] ? SkipName(octets, position, ends[depth]) : position, ends[depth], misuse, out var inner);
            if (inner == 0)
                continue;
            if (++depth > MaxDepth)
                throw new ProtocolException(misuse, $"field table is nested deeper than {MaxDepth} levels");
            named[depth] = inner == FieldType.Table;
            ends[depth] = position + BinaryPrimitives.ReadInt32BigEndian(octets[(position - 4)..]);
        }
    }

    private static int SkipName(ReadOnlySpan<byte> octets, int position, int end)
    {
        var next = position + 1 + octets[position];
        return next < end ? next : throw Malformed("a field name runs past its table");
    }

    // Returns the position after the value; for a table or an array the position of its first octet, and its type in `inner`.
    private static int CheckValue(ReadOnlySpan<byte> octets, int position, int end, ReplyCode misuse, out FieldType inner)
    {
        inner = 0;
        var type = (FieldType)octets[position++];
        var size = FieldSizes.Of(type);
        if (size == FieldSizes.Unknown)
            throw new ProtocolException(misuse, $"unknown field value type {(byte)type}");
        if (size >= 0)
            return position + size <= end ? position + size : throw Malformed("a field value runs past its table");
        if (position + 4 > end)
            throw Malformed("a field value's length runs past its table");
        var length = BinaryPrimitives.ReadUInt32BigEndian(octets[position..]);
        position += 4;
        if (length > (uint)(end - position))
            throw Malformed("a field value is longer than its table");
        if (type is not (FieldType.Table or FieldType.Array))
            return position + (int)length;
        inner = type;
        return position;
    }

    private static ProtocolException Malformed(string what) => new(ReplyCode.FrameError, $"cannot decode field table: {what}");
}
