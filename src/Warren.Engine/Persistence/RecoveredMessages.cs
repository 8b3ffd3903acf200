namespace Warren.Engine;

/// <summary>
/// What was recovered of one queue's messages. They come back in the order of their records' ids, which is that of their publishing. In memory their positions follow each other without gaps
/// up to the last one that was ever given; on disk they keep theirs, which are never larger, so that a watermark stays right through any number of crashes.
/// </summary>
internal sealed class RecoveredMessages(VirtualHost host, RecoveredNotes notes)
{
    private const int LevelShift = 56;
    private const ulong LowBits = (1UL << LevelShift) - 1;

    private readonly List<Entry> _entries = [];
    private readonly SortedList<byte, Mark> _marks = [];
    private readonly List<KeptLetter> _letters = [];
    private ulong _lastId;
    private bool _isSorted = true;

    private readonly record struct Mark(ulong Id, ulong Value);

    // In its queue: by the record that stands for it there.
    private readonly record struct Entry(ulong Id, ulong Position, Message Message);

    public int Count => _entries.Count;

    public ulong FirstId => _entries.Min(static entry => entry.Id);

    /// <summary>True when one of them has a time to live of its own.</summary>
    public bool HaveTimeToLive { get; private set; }

    /// <summary>Takes over one reference to the message.</summary>
    public void Add(ulong id, ulong position, Message message)
    {
        _isSorted &= id > _lastId;
        _lastId = id;
        HaveTimeToLive |= message.TimeToLiveTicks != Message.Unlimited;
        _entries.Add(new Entry(id, position, message));
    }

    /// <summary>How far the queue has delivered.</summary>
    public void Add(ulong id, in WatermarkRecord mark) => _marks[mark.Level] = new Mark(id, mark.Value);

    /// <summary>Puts everything where it was.</summary>
    /// <returns>The last position that the queue has given, where it has no priorities.</returns>
    public ulong RestoreInto(Queue queue, ReadyMessages ready)
    {
        if (!_isSorted)
            _entries.Sort(static (x, y) => x.Id.CompareTo(y.Id));
        var last = 0UL;
        var levels = LevelsOf(ready);
        foreach (var level in levels.Keys.Union(_marks.Keys).Order())
        {
            var end = Restore(queue, ready, level, levels.GetValueOrDefault(level) ?? []);
            if (level == 0)
                last = end;
        }
        if (host.Messages.PagedOut > 0)
        {
            foreach (var line in ready.Lines)
                line.Paged.Recovered();
        }
        RestoreLetters(queue);
        return last;
    }

    /// <summary>The queue was deleted: they are nobody's.</summary>
    public void Discard(HostRecords records)
    {
        foreach (var entry in _entries)
        {
            records.Messages.Discard(entry.Message, entry.Id);
            entry.Message.Release();
        }
        foreach (var mark in _marks.Values)
            records.Remove(mark.Id);
    }

    /// <summary>Nobody knows their queue: their records stay as they are.</summary>
    public void SetAside(HostRecords records)
    {
        foreach (var entry in _entries)
        {
            records.SetAside.Add(entry.Id);
            records.SetAside.Add(entry.Message.Kept.RecordId); // It stays for this place, whoever else has it.
            entry.Message.Release();
        }
        foreach (var mark in _marks.Values)
            records.SetAside.Add(mark.Id);
    }

    private Dictionary<byte, List<Entry>> LevelsOf(ReadyMessages ready) => ready is ReadyFifo
        ? new() { [0] = _entries } // The only line: a long one is not copied.
        : _entries.GroupBy(entry => ready.LevelOf(entry.Message)).ToDictionary(static group => group.Key, static group => group.ToList());

    // First what was delivered before or waits elsewhere, then what is ready for the first time: that has to follow each other.
    private ulong Restore(Queue queue, ReadyMessages ready, byte level, List<Entry> entries)
    {
        var mark = _marks.GetValueOrDefault(level);
        var last = Math.Max((ulong)entries.Count, mark.Value & LowBits);
        foreach (var entry in entries)
            last = Math.Max(last, entry.Position & LowBits);
        var levelBits = (ulong)level << LevelShift;
        queue.Records!.Restore(level, mark.Id, mark.Value, levelBits | last);
        ready.GoOnBehind(levelBits | last);
        var next = (levelBits | last) - (ulong)entries.Count;
        var fresh = entries.Exists(entry => WasSeen(entry, level)) ? entries.FindAll(entry => !WasSeen(entry, level)) : entries;
        foreach (var entry in fresh.Count == entries.Count ? [] : entries.FindAll(entry => WasSeen(entry, level)))
            RestoreSeen(queue, ready, entry, ++next);
        foreach (var entry in fresh)
        {
            Claim(queue, entry, ++next);
            ready.Add(entry.Message, next);
        }
        return last;
    }

    private bool WasSeen(in Entry entry, byte level) =>
        (byte)(entry.Position >> LevelShift) != level // Of another profile's line: nobody can say how far it was.
        || (_marks.TryGetValue(level, out var mark) && entry.Position <= mark.Value)
        || notes.Has(entry.Id);

    private void RestoreSeen(Queue queue, ReadyMessages ready, Entry entry, ulong position)
    {
        Claim(queue, entry, position);
        if (notes.TryTakeLetter(entry.Id, out var letterId, out var letter))
        {
            RestoreLetter(queue, entry, position, letterId, letter);
            return;
        }
        if (notes.TryTakeReturns(entry.Id, out var returnsId, out var returns) && TryRestoreReturns(queue, entry, position, returnsId, returns))
            return;
        ready.PutBack(entry.Message, position);
    }

    // The strategy that keeps letters may have gone meanwhile, and they with it.
    private void RestoreLetter(Queue queue, in Entry entry, ulong position, ulong letterId, KeptLetterState letter)
    {
        if (queue.Keeper?.Letters is not null)
        {
            if (!entry.Message.IsInMemory && !host.Pager!.TryFetch(queue, entry.Message, position))
            {
                host.Records!.Remove(letterId);
                return;
            }
            _letters.Add(new KeptLetter(entry.Message, position, letter) { RecordId = letterId });
            return;
        }
        host.Records!.Remove(letterId);
        queue.Drop(entry.Message, position);
    }

    // In the order in which they died.
    private void RestoreLetters(Queue queue)
    {
        foreach (var letter in _letters.OrderBy(static letter => letter.RecordId))
            queue.Keeper!.Letters!.Restore(letter);
    }

    // True when the message still waits.
    private bool TryRestoreReturns(Queue queue, in Entry entry, ulong position, ulong returnsId, in ReturnsRecord returns)
    {
        if (queue.Keeper is not { DeliveryCounts: { } counts } keeper)
        {
            host.Records!.Remove(returnsId);
            return false;
        }
        counts.Restore(position, returns.All, returns.Counted, returnsId);
        var longest = (keeper.Rules.RetryDelay?.MaxMs ?? 0) * TimeSpan.TicksPerMillisecond; // The clock may have gone back.
        var left = Math.Min(returns.DelayedUntilTicks - host.NowTicks, longest);
        if (left <= 0)
            return false;
        keeper.RestoreDelayed(entry.Message, position, left);
        return true;
    }

    private static void Claim(Queue queue, in Entry entry, ulong position)
    {
        ref var kept = ref entry.Message.Kept;
        if (kept.Entries > 0)
            queue.Records!.AddEntry(position, entry.Id);
        else
            kept.SolePlace = queue.Records;
        queue.Records!.CountIn();
    }
}
