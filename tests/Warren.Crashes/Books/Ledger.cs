namespace Warren.Crashes.Books;

/// <summary>
/// What clients were told of every message of one data folder, over all lives of its broker: published, confirmed, delivered, acknowledged. It sees the broker
/// from outside only, and says where it contradicts itself. Thread-safe.
/// </summary>
/// <param name="run">Stands in every body, so that no other run's messages are taken for this one's.</param>
/// <param name="deadQueue">Where queues send what dies in them.</param>
/// <param name="withoutDeaths">The queues that send nothing there: a reject is their messages' end.</param>
internal sealed class Ledger(ulong run, string deadQueue, params string[] withoutDeaths)
{
    private readonly Lock _gate = new();
    private readonly List<LedgerEntry> _entries = [];
    private readonly Dictionary<(string Queue, int Lane), long> _highest = []; // Of what was delivered.
    private readonly Dictionary<string, int> _open = [];                       // Confirmed and not done, by the queue it was published to.
    private readonly Findings _findings = new();
    private long _stamp;
    private long _delivered;
    private long _confirms;

    /// <summary>False for a broker that does not promise that a dead letter arrives: then what was rejected, or died of age, may be gone.</summary>
    public bool AreLettersSafe { get; init; } = true;

    /// <summary>False for a broker that does not promise that after a crash it knows what it had delivered (I5).</summary>
    public bool AreRepetitionsFlagged { get; init; } = true;

    /// <summary>Where messages die of age; null for nowhere.</summary>
    public string? AgingQueue { get; init; }

    /// <summary>How often anything was delivered.</summary>
    public long Deliveries => Volatile.Read(ref _delivered);

    /// <summary>How many confirms have come.</summary>
    public long Confirms => Volatile.Read(ref _confirms);

    /// <summary>True when everything that was confirmed is done.</summary>
    public bool IsDone => Open == 0;

    /// <summary>How many messages are confirmed and not done, in all queues.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
                return _open.Values.Sum();
        }
    }

    /// <summary>A moment: what the ledger is told after this has a later stamp.</summary>
    public long Mark()
    {
        lock (_gate)
            return ++_stamp;
    }

    /// <summary>How many messages that were published to this queue are confirmed and not done.</summary>
    public int OpenIn(string queue)
    {
        lock (_gate)
            return _open.GetValueOrDefault(queue);
    }

    /// <summary>A message is about to be sent; returns its number and its body.</summary>
    public (long Number, byte[] Body) Publish(string queue, int lane, int octets)
    {
        long number;
        lock (_gate)
        {
            number = _entries.Count;
            _entries.Add(new LedgerEntry(number, queue, lane, Math.Max(octets, MessageBody.Least), ++_stamp));
        }
        return (number, MessageBody.Write(run, number, Math.Max(octets, MessageBody.Least)));
    }

    /// <summary>Its confirm has come.</summary>
    public void Confirm(long number)
    {
        lock (_gate)
        {
            var entry = _entries[(int)number];
            if (entry.Confirmed != 0)
                _findings.Break($"message {number} was confirmed twice");
            else if (!entry.IsDone && !MayBeGone(entry))
                Count(entry);
            entry.Confirmed = ++_stamp;
            _confirms++;
        }
    }

    /// <summary>A consumer begins.</summary>
    public Session Begin(string queue) => new(queue, ordered: queue != deadQueue);

    /// <summary>A client was handed a message. Returns its number; -1 when it is none that was published.</summary>
    public long Deliver(Session session, bool redelivered, ReadOnlySpan<byte> body)
    {
        var number = MessageBody.NumberOf(run, body);
        lock (_gate)
        {
            _delivered++;
            if (number < 0 || number >= _entries.Count || !body.SequenceEqual(MessageBody.Write(run, number, _entries[(int)number].Octets)))
            {
                _findings.Invent($"{body.Length} octets in {session.Queue} that nobody published (they claim to be message {number})");
                return -1;
            }
            var entry = _entries[(int)number];
            if (session.Queue != entry.Queue && session.Queue != deadQueue)
            {
                _findings.Invent($"message {number} of {entry.Queue} in {session.Queue}");
                return -1;
            }
            CheckRepetition(entry, session.Queue, redelivered);
            if (session.IsOrdered)
                CheckOrder(entry, session);
            ref var place = ref PlaceOf(entry, session.Queue);
            var stamp = ++_stamp;
            if (place.Delivered == 0)
                place.Delivered = stamp;
            return number;
        }
    }

    /// <summary>An ack is about to be sent.</summary>
    public void Ack(string queue, long number)
    {
        lock (_gate)
            End(_entries[(int)number], queue);
    }

    /// <summary>A reject, or a nack without requeue, is about to be sent.</summary>
    public void Reject(string queue, long number)
    {
        lock (_gate)
        {
            var entry = _entries[(int)number];
            if (queue == deadQueue || withoutDeaths.Contains(queue))
                End(entry, queue);
            else if (entry.Home.Rejected == 0)
                entry.Home.Rejected = ++_stamp;
            if (MayBeGone(entry))
                Shut(entry);
        }
    }

    /// <summary>A nack with requeue is about to be sent.</summary>
    public void Requeue(string queue, long number)
    {
        lock (_gate)
        {
            ref var place = ref PlaceOf(_entries[(int)number], queue);
            var stamp = ++_stamp;
            if (place.Requeued == 0)
                place.Requeued = stamp;
        }
    }

    /// <summary>It is known that these acks are on disk.</summary>
    public void PersistAcks(string queue, IEnumerable<long> numbers)
    {
        lock (_gate)
        {
            var stamp = ++_stamp;
            foreach (var number in numbers)
            {
                ref var place = ref PlaceOf(_entries[(int)number], queue);
                if (place.AckPersisted == 0)
                    place.AckPersisted = stamp;
            }
        }
    }

    /// <summary>
    /// The ledger of a folder as a cut of the power between two moments left it: everything that clients had been told before the first binds it; what they sent until
    /// the second may be in it.
    /// </summary>
    public Ledger AsOf(long before, long after)
    {
        var cut = new Ledger(run, deadQueue, withoutDeaths) { AreLettersSafe = AreLettersSafe, AreRepetitionsFlagged = AreRepetitionsFlagged, AgingQueue = AgingQueue };
        lock (_gate)
        {
            // Numbers are places in the list, and published ones have increasing stamps.
            foreach (var entry in _entries.TakeWhile(entry => entry.Published <= after).Select(entry => entry.AsOf(before, after)))
            {
                cut._entries.Add(entry);
                if (entry.Confirmed != 0 && !entry.IsDone && !cut.MayBeGone(entry))
                    cut.Count(entry);
                if (entry.Home.Delivered != 0)
                    cut._highest[(entry.Queue, entry.Lane)] = entry.Number;
            }
            cut._stamp = _stamp;
        }
        return cut;
    }

    /// <summary>After everything was taken out: what was published, confirmed, delivered, and what is wrong.</summary>
    /// <param name="isDrained">False when that did not succeed: then nobody knows what is lost.</param>
    public Findings Close(bool isDrained = true)
    {
        lock (_gate)
        {
            _findings.Published = _entries.Count;
            _findings.Confirmed = _entries.Count(static entry => entry.Confirmed != 0);
            _findings.Delivered = _delivered;
            foreach (var entry in _entries.Where(entry => isDrained && entry.Confirmed != 0 && !entry.IsDone))
            {
                if (MayBeGone(entry))
                    _findings.LostLetters++;
                else
                    _findings.Lose($"message {entry.Number} of {entry.Octets} octets, confirmed in {entry.Queue}{(entry.Home.Delivered != 0 ? ", delivered and not acknowledged" : "")}");
            }
            return _findings;
        }
    }

    /// <summary>Something else than a message is wrong.</summary>
    public void Note(Action<Findings> finding)
    {
        lock (_gate)
            finding(_findings);
    }

    private void CheckRepetition(LedgerEntry entry, string queue, bool redelivered)
    {
        var place = PlaceOf(entry, queue);
        if (place.AckPersisted != 0 || (queue != deadQueue && entry.Dead.AckPersisted != 0))
            _findings.Return($"message {entry.Number} in {queue}, whose acknowledgement is on disk");
        else if (place.Delivered != 0 && !redelivered && !AreRepetitionsFlagged)
            _findings.Unflagged++;
        else if (place.Delivered != 0 && !redelivered)
            _findings.Return($"message {entry.Number} in {queue}, delivered before, came as if for the first time");
        else if (place.AckSent != 0 || (queue != deadQueue && entry.Dead.Delivered != 0) || (queue == deadQueue && entry.Home.AckSent != 0))
            _findings.Duplicates++;
    }

    private void CheckOrder(LedgerEntry entry, Session session)
    {
        var key = (entry.Queue, entry.Lane);
        var highest = _highest.GetValueOrDefault(key, -1);
        _highest[key] = Math.Max(highest, entry.Number);
        var inOrder = session.IsInOrder(entry.Lane, entry.Number);
        if (entry.Home.Requeued != 0)
            return;
        if (!inOrder)
            _findings.Reorder($"message {entry.Number} in {entry.Queue} behind a later one of its publisher");
        else if (entry.Home.Delivered == 0 && entry.Number < highest)
            _findings.Reorder($"message {entry.Number} in {entry.Queue}, delivered for the first time after {highest} was in another life");
    }

    private bool MayBeGone(LedgerEntry entry) => !AreLettersSafe && (entry.Home.Rejected != 0 || entry.Queue == AgingQueue);

    private void End(LedgerEntry entry, string queue)
    {
        ref var place = ref PlaceOf(entry, queue);
        var stamp = ++_stamp;
        if (place.AckSent == 0)
            place.AckSent = stamp;
        Shut(entry);
    }

    private void Count(LedgerEntry entry)
    {
        entry.IsOpen = true;
        _open[entry.Queue] = _open.GetValueOrDefault(entry.Queue) + 1;
    }

    private void Shut(LedgerEntry entry)
    {
        if (entry.IsOpen)
            _open[entry.Queue]--;
        entry.IsOpen = false;
    }

    private ref Place PlaceOf(LedgerEntry entry, string queue)
    {
        if (queue == deadQueue && entry.Queue != deadQueue)
            return ref entry.Dead;
        return ref entry.Home;
    }
}
