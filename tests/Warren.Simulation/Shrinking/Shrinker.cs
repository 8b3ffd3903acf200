namespace Warren.Simulation;

/// <summary>
/// Makes a tape smaller that breaks an invariant, by delta debugging: takes chunks away, then makes them zeros, then halves numbers, as long as the same invariant still
/// breaks.
/// </summary>
internal static class Shrinker
{
    /// <summary>Returns the smallest tape that was found within so many runs.</summary>
    public static IReadOnlyList<int> Shrink(IReadOnlyList<int> tape, Func<IReadOnlyList<int>, bool> stillFails, int mostRuns = 3000)
    {
        var best = tape.ToArray();
        var runs = 0;
        for (var before = int.MaxValue; before != Weight(best) && runs < mostRuns;)
        {
            before = Weight(best);
            for (var chunk = Math.Max(1, best.Length / 2); chunk > 0; chunk /= 2)
            {
                for (var at = best.Length - chunk; at >= 0 && runs < mostRuns; at -= chunk)
                {
                    if (Try([.. best[..at], .. best[(at + chunk)..]]))
                        at = Math.Min(at, best.Length);
                    else if (best.AsSpan(at, chunk).ContainsAnyExcept(0))
                        _ = Try(With(at, chunk, static _ => 0)) || (chunk == 1 && Try(With(at, chunk, static number => number / 2)));
                }
            }
        }
        return best;

        bool Try(int[] candidate)
        {
            runs++;
            if (!stillFails(candidate))
                return false;
            best = candidate;
            return true;
        }

        int[] With(int at, int count, Func<int, int> change)
        {
            var changed = best.ToArray();
            for (var i = at; i < at + count; i++)
                changed[i] = change(changed[i]);
            return changed;
        }
    }

    private static int Weight(int[] tape) => tape.Length + tape.Count(static number => number != 0);
}
