namespace Warren.Engine;

/// <summary>What was recovered about messages in their queues beside the messages themselves, by the record that stands for them there.</summary>
internal sealed class RecoveredNotes
{
    private readonly Dictionary<ulong, (ulong Id, ReturnsRecord Record)> _returns = [];
    private readonly Dictionary<ulong, (ulong Id, KeptLetterState Letter)> _letters = [];

    public void Add(ulong id, in ReturnsRecord record) => _returns[record.Entry] = (id, record);

    public void Add(ulong id, in LetterRecord record) => _letters[record.Entry] = (id, record.Letter);

    /// <summary>True when something is known that happens only to messages which left the queue's front before.</summary>
    public bool Has(ulong entry) => _returns.ContainsKey(entry) || _letters.ContainsKey(entry);

    public bool TryTakeReturns(ulong entry, out ulong id, out ReturnsRecord record)
    {
        var isThere = _returns.Remove(entry, out var found);
        (id, record) = found;
        return isThere;
    }

    public bool TryTakeLetter(ulong entry, out ulong id, out KeptLetterState letter)
    {
        var isThere = _letters.Remove(entry, out var found);
        (id, letter) = found;
        return isThere;
    }

    /// <summary>What nobody has taken goes, or stays with the message that it is about.</summary>
    public void Finish(HostRecords records)
    {
        foreach (var (entry, note) in _returns.OrderBy(static note => note.Key))
            Finish(records, entry, note.Id);
        foreach (var (entry, note) in _letters.OrderBy(static note => note.Key))
            Finish(records, entry, note.Id);
    }

    private static void Finish(HostRecords records, ulong entry, ulong id)
    {
        if (records.SetAside.Contains(entry))
            records.SetAside.Add(id);
        else
            records.Remove(id);
    }
}
