namespace Warren.Fuzz;

/// <summary>
/// The few and short inputs that reach all that many inputs reach: for each bucket, the rarest first, the shortest input that falls into it, cut down to
/// what is needed for the buckets that no other one has yet.
/// </summary>
internal sealed class Minimiser(ITarget target, Func<byte[], IEnumerable<int>> features)
{
    private readonly HashSet<int> _covered = [];

    /// <summary>What was reached by all inputs together, after <see cref="Minimise"/>.</summary>
    public int Reached => _covered.Count;

    public IReadOnlyList<byte[]> Minimise(IEnumerable<byte[]> inputs)
    {
        var shortestFirst = inputs.Where(input => input.Length > 0).OrderBy(input => input.Length).ToList();
        foreach (var input in shortestFirst)
            FeaturesOf(input); // The first time does what is done once in a process.
        var (shortest, count) = (new Dictionary<int, byte[]>(), new Dictionary<int, int>());
        foreach (var input in shortestFirst)
        {
            foreach (var feature in FeaturesOf(input))
            {
                shortest.TryAdd(feature, input);
                count[feature] = count.GetValueOrDefault(feature) + 1;
            }
        }
        var chosen = new List<byte[]>();
        foreach (var feature in shortest.Keys.OrderBy(feature => count[feature]).ThenBy(feature => feature))
        {
            if (!_covered.Contains(feature))
                chosen.Add(Choose(shortest[feature]));
        }
        return chosen;
    }

    private byte[] Choose(byte[] input)
    {
        var needed = FeaturesOf(input);
        needed.ExceptWith(_covered);
        var cut = Cut(input, needed);
        _covered.UnionWith(FeaturesOf(cut));
        _covered.UnionWith(needed);
        return cut;
    }

    // Whole frames first, then ever smaller pieces.
    private byte[] Cut(byte[] input, HashSet<int> needed)
    {
        for (var i = FrameMap.Of(input).Count - 1; i >= 0; i--)
        {
            var (start, length) = FrameMap.Of(input)[i].GetOffsetAndLength(input.Length);
            TryCut(ref input, start, length, needed);
        }
        for (var size = Math.Max(1, input.Length / 2); size > 0; size /= 2)
        {
            for (var start = 0; start + size <= input.Length;)
            {
                if (!TryCut(ref input, start, size, needed))
                    start += size;
            }
        }
        return input;
    }

    private bool TryCut(ref byte[] input, int start, int length, HashSet<int> needed)
    {
        byte[] shorter = [.. input.AsSpan(0, start), .. input.AsSpan(start + length)];
        if (shorter.Length == 0 || !needed.IsSubsetOf(FeaturesOf(shorter)))
            return false;
        input = shorter;
        return true;
    }

    private HashSet<int> FeaturesOf(byte[] input)
    {
        CoverageMap.Clear();
        target.Run(input);
        return [.. features(CoverageMap.Counters.ToArray())];
    }
}
