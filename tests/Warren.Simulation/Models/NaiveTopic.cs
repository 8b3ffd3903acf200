namespace Warren.Simulation;

/// <summary>Topic patterns as the specification words them, by trying everything.</summary>
internal static class NaiveTopic
{
    public static bool Matches(string pattern, string key) => Matches(pattern.Split('.'), key.Length == 0 ? [] : key.Split('.'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words)
    {
        if (pattern.IsEmpty)
            return words.IsEmpty;
        if (pattern[0] == "#")
            return Matches(pattern[1..], words) || (!words.IsEmpty && Matches(pattern, words[1..]));
        return !words.IsEmpty && (pattern[0] == "*" || pattern[0] == words[0]) && Matches(pattern[1..], words[1..]);
    }
}
