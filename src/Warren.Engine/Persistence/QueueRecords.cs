namespace Warren.Engine;

/// <summary>
/// What of one durable queue is in the journal: its own record, its messages', and how far it has delivered. A classic queue keeps persistent messages, a quorum queue all.
/// </summary>
internal sealed class QueueRecords(HostRecords records, Queue queue, ulong id)
{
    private const int LevelShift = 56; // A position's highest octet is its priority, where the queue has such.

    private readonly SortedList<byte, Watermark> _marks = [];
    private Dictionary<ulong, ulong>? _entries; // By position, of messages that are in other places too.
    private Watermark? _lowest; // The only one in most queues.
    private HeldUp? _heldUp;
    private int _count;
    private bool _isEnded;

    /// <summary>The id of the queue's record.</summary>
    public ulong Id { get; } = id;

    /// <summary>True while the first message waits for the disk, and all behind it.</summary>
    public bool IsHeldUp => _heldUp is { IsWaiting: true };

    /// <summary>False once the queue has been deleted and its last message settled: nothing is left of it.</summary>
    public bool IsKept { get; private set; } = true;

    /// <summary>How far each line of the queue has delivered, for checks.</summary>
    public IEnumerable<Watermark> Marks => _marks.Values;

    /// <summary>How many messages it keeps.</summary>
    public int Count => _count;

    /// <summary>True for a message that survives in this queue.</summary>
    public bool Keeps(Message message) => queue.IsQuorum || message.IsPersistent;

    /// <summary>A message has come in.</summary>
    public void Add(Message message, ulong position)
    {
        if (!Keeps(message))
            return;
        records.Messages.Add(message, this, position);
        MarkOf(position).LastPosition = position;
    }

    /// <summary>A message that has come in this step is delivered at once.</summary>
    public void Pass(Message message, ulong position)
    {
        if (Keeps(message))
            MarkOf(position).Pass(position);
    }

    /// <summary>False while a crash would bring back the message that this one was made of.</summary>
    public bool IsOnDisk(Message message) => message.ShownFrom <= records.Waits.Persisted;

    /// <summary>False when a message that has waited may not be shown to a client yet.</summary>
    public bool MayShow(Message message, ulong position, bool redelivered)
    {
        if (redelivered && queue.Keeper?.DeliveryCounts?.IsOnDisk(position) == false)
            return false;
        // Also of one that comes again: who had it before may have gone while its delivery still waited for the disk.
        var isMarked = !Keeps(message) || MarkOf(position).TryPass(position, queue.ReadyCount);
        return isMarked && IsOnDisk(message);
    }

    /// <summary>As before, of the first one; when it may not, the queue goes on by itself when it may.</summary>
    public bool MayDeliver(ReadyMessages ready)
    {
        if (!ready.TryPeek(out var message, out var position, out var redelivered) || MayShow(message, position, redelivered))
            return true;
        (_heldUp ??= new HeldUp(queue)).WaitIn(records.Waits);
        return false;
    }

    /// <summary>A message has left for good.</summary>
    /// <returns>What <see cref="Message.ShownFrom"/> is for a copy of it.</returns>
    public long Remove(Message message, ulong position) => records.Messages.Remove(message, this, position);

    /// <summary>A message that was out of memory has left for good.</summary>
    public void RemoveOut(in WaitingMessage message) => records.Messages.RemoveOut(message.Id, this);

    /// <summary>What <see cref="Message.ShownFrom"/> is for a copy of a message that leaves in this step.</summary>
    public long NextPosition => records.Journal.NextPosition;

    /// <summary>The record that stands for a message here; 0 when it is not kept.</summary>
    public ulong EntryIdOf(Message message, ulong position) => records.Messages.EntryIdOf(message, this, position);

    /// <summary>As before, of one that may be out of memory.</summary>
    public ulong EntryIdOf(in WaitingMessage waiting) => waiting.Message is { } message ? EntryIdOf(message, waiting.Position) : waiting.Id;

    /// <summary>Writes how often a message came back.</summary>
    /// <returns>The record's id; 0 when the message is not kept.</returns>
    public ulong WriteReturns(ulong returnsId, Message message, ulong position, long all, long counted, long delayedUntilTicks)
    {
        if (EntryIdOf(message, position) is not (> 0 and var entry))
            return 0;
        new ReturnsRecord(entry, all, counted, delayedUntilTicks).Write(records.Head);
        return records.Put(returnsId, RecordKind.Returns);
    }

    /// <summary>Writes that a message has died and not arrived.</summary>
    public void WriteLetter(KeptLetter letter)
    {
        if (EntryIdOf(letter.Message, letter.Position) is not (> 0 and var entry))
            return;
        new LetterRecord(entry, letter.State).Write(records.Head);
        letter.RecordId = records.Put(letter.RecordId, RecordKind.Letter);
    }

    /// <summary>The queue was deleted. Messages that clients hold may come back as long as their clients live; after a crash they are nobody's.</summary>
    public void End()
    {
        foreach (var mark in _marks.Values)
            records.Remove(mark.Id);
        _marks.Clear();
        _lowest = null;
        _isEnded = true;
        records.Messages.Write();
        if (_count == 0)
        {
            Forget();
            return;
        }
        QueueRecord.WriteEnded(records.Head, queue);
        records.Replace(Id, RecordKind.EndedQueue);
    }

    public void AddEntry(ulong position, ulong entry) => (_entries ??= []).Add(position, entry);

    public ulong EntryIdAt(ulong position) => _entries is null ? 0 : _entries.GetValueOrDefault(position);

    public bool TryTakeEntry(ulong position, out ulong entry)
    {
        entry = 0;
        return _entries is not null && _entries.Remove(position, out entry);
    }

    public void CountIn() => _count++;

    public void CountOut()
    {
        if (--_count == 0 && _isEnded)
            Forget();
    }

    /// <summary>As it was recovered.</summary>
    public void Restore(byte level, ulong markId, ulong value, ulong lastPosition) => MarkOf((ulong)level << LevelShift).Restore(markId, value, lastPosition);

    private void Forget()
    {
        IsKept = false;
        records.Remove(Id);
    }

    private Watermark MarkOf(ulong position)
    {
        var level = (byte)(position >> LevelShift);
        if (level == 0 && _lowest is not null)
            return _lowest;
        if (!_marks.TryGetValue(level, out var mark))
            _marks.Add(level, mark = new Watermark(records, this, level));
        if (level == 0)
            _lowest = mark;
        return mark;
    }

    // The queue's deliveries stand still until the disk has what stands in their way.
    private sealed class HeldUp(Queue queue) : JournalWait
    {
        public bool IsWaiting { get; private set; }

        public void WaitIn(JournalWaits waits)
        {
            if (IsWaiting)
                return;
            IsWaiting = true;
            waits.Add(this);
        }

        public override void Close(long position)
        {
        }

        public override void Reach(long position)
        {
            IsWaiting = false;
            queue.GoOn();
        }
    }
}
