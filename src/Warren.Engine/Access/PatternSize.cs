using System.Globalization;

namespace Warren.Engine;

/// <summary>
/// How many states a regular expression has at most, roughly: what a counted repetition repeats counts as often. A matcher without backtracking is linear
/// in the text, and in this.
/// </summary>
internal static class PatternSize
{
    public static long Of(string pattern)
    {
        var outer = new Stack<long>();
        var sum = 0L;  // Of the group at hand, but for its last atom.
        var last = 0L; // The atom that a repetition would repeat.
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '(': outer.Push(sum + last); (sum, last) = (0, 1); break;
                case ')': (sum, last) = (outer.TryPop(out var before) ? before : 0, sum + last); break;
                case '{' when TryReadCount(pattern, i, out var count, out var end): (last, i) = (last * count, end); break;
                case '[': (sum, last, i) = (sum + last, 1, EndOfClass(pattern, i)); break;
                case '\\': (sum, last, i) = (sum + last, 1, i + 1); break;
                default: (sum, last) = (sum + last, 1); break;
            }
            if (last > int.MaxValue)
                return last; // Large enough, and far from an overflow.
        }
        while (outer.TryPop(out var before))
            sum += before;
        return sum + last;
    }

    // {n}, {n,} or {n,m}; anything else in braces is text.
    private static bool TryReadCount(string pattern, int start, out long count, out int end)
    {
        count = 1;
        end = pattern.IndexOf('}', start);
        if (end < 0)
            return false;
        foreach (var bound in pattern[(start + 1)..end].Split(','))
        {
            if (bound.Length > 0 && !int.TryParse(bound, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                return bound.All(char.IsAsciiDigit) && (count = int.MaxValue) > 0; // A number beyond all numbers.
            count = Math.Max(count, bound.Length == 0 ? 1 : int.Parse(bound, CultureInfo.InvariantCulture));
        }
        return true;
    }

    private static int EndOfClass(string pattern, int start)
    {
        var i = start + 1;
        if (i < pattern.Length && pattern[i] == '^')
            i++;
        if (i < pattern.Length && pattern[i] == ']')
            i++; // The first one is a member.
        while (i < pattern.Length && pattern[i] != ']')
            i += pattern[i] == '\\' ? 2 : 1;
        return i;
    }
}
