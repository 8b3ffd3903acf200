using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>
/// What was recovered of one queue's messages. They come back in the order of their records' ids, which is that of their publishing. In memory their positions follow each other without gaps
/// up to the last one that was ever given; on disk they keep theirs, which are never larger, so that a watermark stays right through any number of crashes.
/// </summary>
internal sealed class RecoveredMessages(VirtualHost host, RecoveredNotes notes)
{
    private const int LevelShift = 56;
    private const ulong LowBits = (1UL << LevelShift) - 1;

    private readonly PagedMessages _inOrder = new(host.Messages); // By their ids; most come so.
    private readonly List<WaitingMessage> _others = [];
    private readonly SortedDictionary<byte, Level> _levels = [];
    private readonly List<KeptLetter> _letters = [];
    private ulong _lastId;

    public int Count => _inOrder.Count + _others.Count;

    /// <summary>The smallest id of a record that stands for one of them here.</summary>
    public ulong FirstId { get; private set; } = ulong.MaxValue;

    /// <summary>True when one of them has a time to live of its own.</summary>
    public bool HaveTimeToLive { get; private set; }

    /// <summary>Takes over one reference to the message, where it is in memory. Its position is that on disk.</summary>
    public void Add(in WaitingMessage message)
    {
        HaveTimeToLive |= message.TimeToLiveTicks != Message.Unlimited;
        FirstId = Math.Min(FirstId, message.Id);
        if (message.Id > _lastId)
            _inOrder.Add(message);
        else
            _others.Add(message);
        _lastId = Math.Max(_lastId, message.Id);
    }

    /// <summary>How far the queue has delivered.</summary>
    public void Add(ulong id, in WatermarkRecord mark) => LevelAt(mark.Level).Mark = new Mark(id, mark.Value);

    /// <summary>Puts everything where it was.</summary>
    /// <returns>The last position that the queue has given, where it has no priorities.</returns>
    public ulong RestoreInto(Queue queue, ReadyMessages ready)
    {
        var last = 0UL;
        SortOthers();
        LevelAt(0);
        while (TryTakeNext(out var message))
            Sort(message, ready.LevelOf(message.Priority));
        foreach (var (number, level) in _levels)
        {
            var end = Restore(queue, ready, number, level);
            if (number == 0)
                last = end;
        }
        RestoreLetters(queue);
        return last;
    }

    /// <summary>The queue was deleted: they are nobody's.</summary>
    public void Discard(HostRecords records)
    {
        SortOthers();
        while (TryTakeNext(out var waiting))
        {
            if (waiting.Message is { } message)
            {
                records.Messages.Discard(message, waiting.Id);
                message.Release();
            }
            else
            {
                records.Remove(waiting.Id);
            }
        }
        foreach (var level in _levels.Values)
            records.Remove(level.Mark.Id);
    }

    /// <summary>Nobody knows their queue: their records stay as they are.</summary>
    public void SetAside(HostRecords records)
    {
        SortOthers();
        while (TryTakeNext(out var waiting))
        {
            records.SetAside.Add(waiting.Id);
            if (waiting.Message is not { } message)
                continue;
            records.SetAside.Add(message.Kept.RecordId); // It stays for this place, whoever else has it.
            message.Release();
        }
        foreach (var level in _levels.Values.Where(static level => level.Mark.Id != 0))
            records.SetAside.Add(level.Mark.Id);
    }

    // The first one last, where it is taken.
    private void SortOthers() => _others.Sort(static (x, y) => y.Id.CompareTo(x.Id));

    private Level LevelAt(byte number)
    {
        if (!_levels.TryGetValue(number, out var level))
            _levels.Add(number, level = new Level(host.Messages));
        return level;
    }

    // By their ids.
    private bool TryTakeNext(out WaitingMessage message)
    {
        if (_others.Count > 0 && (_inOrder.Count == 0 || _others[^1].Id < _inOrder.First.Id))
        {
            message = _others[^1];
            _others.RemoveAt(_others.Count - 1);
            return true;
        }
        message = default;
        if (_inOrder.Count == 0)
            return false;
        message = _inOrder.First;
        _inOrder.RemoveFirst();
        return true;
    }

    // What was delivered before or waits elsewhere, and what is ready for the first time.
    private void Sort(in WaitingMessage message, byte number)
    {
        var level = LevelAt(number);
        level.LastPosition = Math.Max(level.LastPosition, message.Position & LowBits);
        var wasSeen = (byte)(message.Position >> LevelShift) != number // Of another profile's line: nobody can say how far it was.
            || (level.Mark.Id != 0 && message.Position <= level.Mark.Value)
            || notes.Has(message.Id);
        (wasSeen ? level.Seen : level.Fresh).Add(message);
    }

    // The first come first; the others have to follow each other.
    private ulong Restore(Queue queue, ReadyMessages ready, byte number, Level level)
    {
        var count = (ulong)(level.Seen.Count + level.Fresh.Count);
        var last = Math.Max(Math.Max(count, level.LastPosition), level.Mark.Value & LowBits);
        var levelBits = (ulong)number << LevelShift;
        queue.Records!.Restore(number, level.Mark.Id, level.Mark.Value, levelBits | last);
        ready.GoOnBehind(levelBits | last);
        var next = (levelBits | last) - count;
        for (; level.Seen.Count > 0; level.Seen.RemoveFirst())
            RestoreSeen(queue, ready, level.Seen.First with { Position = ++next });
        for (; level.Fresh.Count > 0; level.Fresh.RemoveFirst())
        {
            var message = level.Fresh.First with { Position = ++next };
            Claim(queue, message);
            ready.Restore(message, wasSeen: false, host.Messages);
        }
        return last;
    }

    private void RestoreSeen(Queue queue, ReadyMessages ready, in WaitingMessage message)
    {
        Claim(queue, message);
        if (notes.TryTakeLetter(message.Id, out var letterId, out var letter))
            RestoreLetter(queue, message, letterId, letter);
        else if (!notes.TryTakeReturns(message.Id, out var returnsId, out var returns) || !TryRestoreReturns(queue, message, returnsId, returns))
            ready.Restore(message, wasSeen: true, host.Messages);
    }

    // The strategy that keeps letters may have gone meanwhile, and they with it.
    private void RestoreLetter(Queue queue, in WaitingMessage waiting, ulong letterId, KeptLetterState letter)
    {
        if (queue.Keeper?.Letters is null)
        {
            host.Records!.Remove(letterId);
            if (waiting.Message is null)
                queue.DropOut(waiting);
            else
                queue.Drop(waiting.Message, waiting.Position);
        }
        else if (TryFetch(queue, waiting, out var message))
        {
            _letters.Add(new KeptLetter(message, waiting.Position, letter) { RecordId = letterId });
        }
        else
        {
            host.Records!.Remove(letterId);
        }
    }

    // In the order in which they died.
    private void RestoreLetters(Queue queue)
    {
        foreach (var letter in _letters.OrderBy(static letter => letter.RecordId))
            queue.Keeper!.Letters!.Restore(letter);
    }

    // False when the message is ready.
    private bool TryRestoreReturns(Queue queue, in WaitingMessage waiting, ulong returnsId, in ReturnsRecord returns)
    {
        if (queue.Keeper is not { DeliveryCounts: { } counts } keeper)
        {
            host.Records!.Remove(returnsId);
            return false;
        }
        counts.Restore(waiting.Position, returns.All, returns.Counted, returnsId);
        var longest = (keeper.Rules.RetryDelay?.MaxMs ?? 0) * TimeSpan.TicksPerMillisecond; // The clock may have gone back.
        var left = Math.Min(returns.DelayedUntilTicks - host.NowTicks, longest);
        if (left <= 0)
            return false;
        if (TryFetch(queue, waiting, out var message))
            keeper.RestoreDelayed(message, waiting.Position, left);
        return true;
    }

    private bool TryFetch(Queue queue, in WaitingMessage waiting, [NotNullWhen(true)] out Message? message)
    {
        message = waiting.Message;
        return message is not null || host.Pager!.TryFetch(queue, waiting, out message);
    }

    private static void Claim(Queue queue, in WaitingMessage waiting)
    {
        queue.Records!.CountIn();
        if (waiting.Message is not { } message)
            return;
        ref var kept = ref message.Kept;
        if (kept.Entries > 0)
            queue.Records.AddEntry(waiting.Position, waiting.Id);
        else
            kept.SolePlace = queue.Records;
    }

    // Of messages whose positions have the same highest octet.
    private sealed class Level(MessagePool pool)
    {
        public Mark Mark { get; set; }

        public PagedMessages Seen { get; } = new(pool);

        public PagedMessages Fresh { get; } = new(pool);

        public ulong LastPosition { get; set; }
    }

    private readonly record struct Mark(ulong Id, ulong Value);
}
