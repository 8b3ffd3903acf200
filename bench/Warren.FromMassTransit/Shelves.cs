using System.Collections.Concurrent;

namespace Stock;

/// <summary>What both sides' programs are about.</summary>
public sealed class Shelves
{
    private readonly ConcurrentDictionary<string, int> _counts = new() { ["tea"] = 3 };

    public int? Count(string article) => _counts.TryGetValue(article, out var count) ? count : null;

    public void Set(string article, int count) => _counts[article] = count;
}
