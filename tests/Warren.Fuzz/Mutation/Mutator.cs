using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>Makes an input from others. Knows frames and strings, so that most of what it makes gets past the first check.</summary>
public sealed class Mutator(Random random)
{
    private const int LongestInput = 64 * 1024;

    private static readonly byte[] s_fieldTypes = [.. "tbBsuIilLfdDTSAFxV"u8, 0, (byte)'z'];

    /// <summary>One input from another, with parts of a third.</summary>
    public byte[] Mutate(byte[] from, byte[] other)
    {
        List<byte> octets = [.. from];
        for (var changes = 1 << random.Next(4); changes > 0; changes--)
            Change(octets, other);
        if (octets.Count > LongestInput)
            octets.RemoveRange(LongestInput, octets.Count - LongestInput);
        var input = octets.ToArray();
        if (random.Next(4) > 0)
            MendFrames(input);
        return input;
    }

    private void Change(List<byte> octets, byte[] other)
    {
        switch (random.Next(12))
        {
            case 0: SpliceFrame(octets, other); break;
            case 1: DropOrDoubleFrame(octets); break;
            case 2: ChangeLength(octets); break;
            case 3: At(octets, i => octets[i] = s_fieldTypes[random.Next(s_fieldTypes.Length)]); break;
            case 4: At(octets, i => octets[i] ^= (byte)(1 << random.Next(8))); break;
            case 5: At(octets, i => octets[i] = (byte)random.Next(256)); break;
            case 6: At(octets, i => octets[i] = Tokens.Octets[random.Next(Tokens.Octets.Length)]); break;
            case 7: Insert(octets, Tokens.Texts[random.Next(Tokens.Texts.Length)]); break;
            case 8: Cross(octets, other); break;
            case 9: Repeat(octets); break;
            case 10: At(octets, i => octets.RemoveRange(i, random.Next(1, Math.Min(16, octets.Count - i) + 1))); break;
            default: At(octets, i => octets.RemoveRange(i, octets.Count - i)); break;
        }
    }

    private void SpliceFrame(List<byte> octets, byte[] other)
    {
        var (from, into) = (FrameMap.Of(other), FrameMap.Of([.. octets]));
        if (from.Count == 0)
            return;
        var frame = other.AsSpan(from[random.Next(from.Count)]);
        octets.InsertRange(into.Count == 0 ? 0 : into[random.Next(into.Count)].Start.Value, frame.ToArray());
    }

    private void DropOrDoubleFrame(List<byte> octets)
    {
        var frames = FrameMap.Of([.. octets]);
        if (frames.Count == 0)
            return;
        var (start, length) = frames[random.Next(frames.Count)].GetOffsetAndLength(octets.Count);
        if (random.Next(2) == 0)
            octets.RemoveRange(start, length);
        else
            octets.InsertRange(frames[random.Next(frames.Count)].Start.Value, octets.GetRange(start, length));
    }

    // A length has four octets or one: this adds or takes 1 or 2^31, or sets an extreme.
    private void ChangeLength(List<byte> octets) => At(octets, i =>
    {
        if (i + 4 > octets.Count || random.Next(2) == 0)
        {
            octets[i] += (byte)(random.Next(2) == 0 ? 1 : 255);
            return;
        }
        Span<byte> length = [octets[i], octets[i + 1], octets[i + 2], octets[i + 3]];
        var value = BinaryPrimitives.ReadUInt32BigEndian(length);
        BinaryPrimitives.WriteUInt32BigEndian(length, random.Next(6) switch
        {
            0 => value + 1,
            1 => value - 1,
            2 => value ^ 0x80000000,
            3 => uint.MaxValue,
            4 => 0,
            _ => value << random.Next(8),
        });
        for (var k = 0; k < 4; k++)
            octets[i + k] = length[k];
    });

    private void Cross(List<byte> octets, byte[] other)
    {
        if (other.Length == 0 || octets.Count == 0)
            return;
        var cut = random.Next(octets.Count);
        octets.RemoveRange(cut, octets.Count - cut);
        octets.AddRange(other.AsSpan(random.Next(other.Length)));
    }

    private void Repeat(List<byte> octets) => At(octets, i =>
    {
        var part = octets.GetRange(i, random.Next(1, Math.Min(64, octets.Count - i) + 1));
        for (var times = 1 << random.Next(6); times > 0; times--)
            octets.InsertRange(i, part);
    });

    private void Insert(List<byte> octets, byte[] token)
    {
        var i = random.Next(octets.Count + 1);
        if (random.Next(2) == 0)
            octets.RemoveRange(i, Math.Min(token.Length, octets.Count - i));
        octets.InsertRange(i, token);
    }

    private void At(List<byte> octets, Action<int> change)
    {
        if (octets.Count > 0)
            change(random.Next(octets.Count));
    }

    // Where a frame starts, its size is made to end at the next end octet before the next start of a frame: what is inside is what shall be tested.
    private static void MendFrames(byte[] input)
    {
        for (var start = FrameMap.First(input); start + 8 <= input.Length;)
        {
            var end = Array.IndexOf(input, Frame.End, start + 7);
            while (end >= 0 && end + 1 < input.Length && !FrameMap.LooksLikeStart(input, end + 1))
                end = Array.IndexOf(input, Frame.End, end + 1);
            if (end < 0)
                return;
            BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(start + 3), end - start - 7);
            start = end + 1;
        }
    }
}
