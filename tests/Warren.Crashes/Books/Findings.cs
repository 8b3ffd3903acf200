namespace Warren.Crashes.Books;

/// <summary>What a ledger has counted, and what is wrong with it. Not thread-safe.</summary>
internal sealed class Findings
{
    private const int MostExamples = 20;

    private readonly List<string> _examples = [];

    public long Published { get; set; }

    public long Confirmed { get; set; }

    public long Delivered { get; set; }

    /// <summary>Confirmed, and in the end neither delivered and acknowledged nor dead-lettered (I1).</summary>
    public long Lost { get; private set; }

    /// <summary>
    /// Confirmed, then rejected or in a queue where messages die of age, and in the end nowhere: with a broker that does not promise that its dead letters arrive. Not wrong.
    /// </summary>
    public long LostLetters { get; set; }

    /// <summary>Delivered a second time as if it was the first, by a broker that does not promise to know that after a crash. Not wrong.</summary>
    public long Unflagged { get; set; }

    /// <summary>Delivered behind a later message of the same publisher's channel, without having been requeued (I3).</summary>
    public long Reordered { get; private set; }

    /// <summary>Octets that nobody published, or in the wrong queue (I2); something deleted that came back, or something declared that is gone (I8).</summary>
    public long Invented { get; private set; }

    /// <summary>Delivered although its acknowledgement was known to be on disk (I4), or a second time as if it was the first (I5).</summary>
    public long Returned { get; private set; }

    /// <summary>Delivered again after an acknowledgement that the disk may not have had, and said so: what I4 allows.</summary>
    public long Duplicates { get; set; }

    /// <summary>The promises of another kind that were broken: an exit code, a confirm after a failed sync.</summary>
    public long Broken { get; private set; }

    public bool IsClean => Lost + Reordered + Invented + Returned + Broken == 0;

    /// <summary>The first of what is wrong, in words.</summary>
    public IReadOnlyList<string> Examples => _examples;

    public void Lose(string what) => Lost += Note("lost", what);

    public void Reorder(string what) => Reordered += Note("reordered", what);

    public void Invent(string what) => Invented += Note("invented", what);

    public void Return(string what) => Returned += Note("returned", what);

    public void Break(string what) => Broken += Note("broken", what);

    /// <summary>Adds another ledger's.</summary>
    public void Add(Findings other, string where)
    {
        Published += other.Published;
        Confirmed += other.Confirmed;
        Delivered += other.Delivered;
        Lost += other.Lost;
        Reordered += other.Reordered;
        Invented += other.Invented;
        Returned += other.Returned;
        Duplicates += other.Duplicates;
        LostLetters += other.LostLetters;
        Unflagged += other.Unflagged;
        Broken += other.Broken;
        _examples.AddRange(other._examples.Take(MostExamples - _examples.Count).Select(example => $"{where}: {example}"));
    }

    private int Note(string kind, string what)
    {
        if (_examples.Count < MostExamples)
            _examples.Add($"{kind}: {what}");
        return 1;
    }
}
