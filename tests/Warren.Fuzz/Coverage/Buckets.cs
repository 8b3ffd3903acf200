using System.Numerics;
using System.Runtime.InteropServices;

namespace Warren.Fuzz;

/// <summary>
/// What inputs have reached so far: for each block the buckets of its counts, as AFL has them (1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more). An input
/// that does the same things more often is new only where the count falls into another bucket.
/// </summary>
public sealed class Buckets
{
    private readonly byte[] _reached = new byte[CoverageMap.Size]; // A bit for each bucket.

    /// <summary>How many blocks were reached.</summary>
    public int Blocks { get; private set; }

    /// <summary>How many buckets of them.</summary>
    public int Count { get; private set; }

    /// <summary>How many blocks the last input reached.</summary>
    public int LastBlocks { get; private set; }

    /// <summary>Adds what the last input did.</summary>
    /// <returns>True when a bucket of it is new.</returns>
    public bool Add(ReadOnlySpan<byte> counters)
    {
        var isNew = false;
        LastBlocks = 0;
        var words = MemoryMarshal.Cast<byte, ulong>(counters);
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == 0) // Most of the map.
                continue;
            for (var block = i * 8; block < (i + 1) * 8; block++)
            {
                if (counters[block] == 0)
                    continue;
                LastBlocks++;
                isNew |= Add(block, BucketOf(counters[block]));
            }
        }
        return isNew;
    }

    /// <summary>Every bucket that the last input fell into, each as one number.</summary>
    public static IEnumerable<int> Of(byte[] counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        for (var block = 0; block < counters.Length; block++)
        {
            if (counters[block] != 0)
                yield return (block * 8) + BucketOf(counters[block]);
        }
    }

    /// <summary>The bucket of a count that is not 0: 0 to 7.</summary>
    public static int BucketOf(byte count) => count switch
    {
        <= 3 => count - 1,
        <= 31 => BitOperations.Log2(count) + 1,
        <= 127 => 6,
        _ => 7,
    };

    private bool Add(int block, int bucket)
    {
        ref var reached = ref _reached[block];
        if ((reached >> bucket & 1) == 1)
            return false;
        if (reached == 0)
            Blocks++;
        reached |= (byte)(1 << bucket);
        Count++;
        return true;
    }
}
