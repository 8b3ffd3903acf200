using System.Globalization;

namespace Warren.Store;

/// <summary>The names of the files in a journal's folder.</summary>
internal static class SegmentName
{
    /// <summary>The file that is locked while a process has the folder; always empty.</summary>
    public const string Lock = "journal.lock";

    /// <summary>What all segments of this journal have in common: see <see cref="JournalIdentity"/>.</summary>
    public const string Identity = "journal.id";

    /// <summary>A segment that is not one yet: room for the next, and the reserve that lets removals go on when the disk is full.</summary>
    public const string Next = "next.wj.new";

    /// <summary>What is added to the name of a damaged segment when its good records have been copied.</summary>
    public const string Damaged = ".damaged";

    private const string Ending = ".wj";

    private const int Digits = 20;

    public static string Of(ulong number) => number.ToString("D20", CultureInfo.InvariantCulture) + Ending;

    public static bool TryParse(string name, out ulong number)
    {
        number = 0;
        return name.Length == Digits + Ending.Length && name.EndsWith(Ending, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
    }
}
