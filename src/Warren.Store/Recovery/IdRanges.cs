using System.Text;

namespace Warren.Store;

/// <summary>Ids in words: every one of them, neighbours together.</summary>
internal static class IdRanges
{
    /// <summary>The ids, ascending, as in <c>3, 7-9, 12</c>.</summary>
    public static string Of(IReadOnlyList<ulong> ids)
    {
        var words = new StringBuilder();
        for (var i = 0; i < ids.Count; i++)
        {
            var first = i;
            while (i + 1 < ids.Count && ids[i + 1] == ids[i] + 1)
                i++;
            if (first > 0)
                words.Append(", ");
            words.Append(ids[first]);
            if (i > first)
                words.Append('-').Append(ids[i]);
        }
        return words.ToString();
    }
}
