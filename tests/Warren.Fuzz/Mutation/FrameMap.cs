using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>Where the frames of an input are, as far as they can be told apart.</summary>
internal static class FrameMap
{
    /// <summary>Every frame that is whole.</summary>
    public static List<Range> Of(byte[] input)
    {
        var frames = new List<Range>();
        for (var start = First(input); start + 8 <= input.Length;)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(start + 3));
            if (size > (uint)(input.Length - start - 8) || input[start + 7 + (int)size] != Frame.End)
                break;
            frames.Add(start..(start + 8 + (int)size));
            start += 8 + (int)size;
        }
        return frames;
    }

    /// <summary>The first frame's place: after the octet that says how a connection starts, or after the protocol header.</summary>
    public static int First(byte[] input)
    {
        for (var i = 0; i < Math.Min(input.Length, 16); i++)
        {
            if (LooksLikeStart(input, i))
                return i;
        }
        return input.Length;
    }

    /// <summary>A type of frame, and a small channel number.</summary>
    public static bool LooksLikeStart(byte[] input, int i) => i + 3 <= input.Length && input[i] is 1 or 2 or 3 or 8 && input[i + 1] == 0 && input[i + 2] < 8;
}
