using System.Diagnostics;

namespace Warren.Engine;

/// <summary>
/// The records of messages: one per message however many queues have it, and, where that is more than one, one small record for each place. Nothing is written before it is known
/// where a message goes: what a consumer without acknowledgement gets at once leaves no trace.
/// </summary>
internal sealed class MessageRecords(HostRecords records)
{
    private readonly List<Place> _places = []; // Of the message at hand; not written yet.
    private Message? _message;

    /// <summary>The id of the message's record that was written last.</summary>
    public ulong LastId { get; private set; }

    // In a queue, or with an exchange that holds it.
    private readonly record struct Place(QueueRecords? Queue, ulong Position, HeldMessage? Held)
    {
        public Placement Placement => Held is { } held
            ? new Placement(PlacementKind.Exchange, held.Exchange.RecordId, (ulong)held.DueTicks, (uint)held.DelayMs)
            : new Placement(PlacementKind.Queue, Queue!.Id, Position, 0);
    }

    /// <summary>A queue that keeps the message has taken it.</summary>
    public void Add(Message message, QueueRecords queue, ulong position) => Add(message, new Place(queue, position, null));

    /// <summary>An exchange holds the message.</summary>
    public void Add(HeldMessage held) => Add(held.Message, new Place(null, 0, held));

    /// <summary>Writes what is known of the message at hand; it goes nowhere else.</summary>
    public void Write()
    {
        if (_message is not { } message)
            return;
        _message = null;
        try
        {
            if (_places.Count == 1)
                WriteWhole(message, _places[0]);
            else
                WriteParts(message);
        }
        finally
        {
            _places.Clear(); // The next message is somewhere else, also when the journal refuses this one.
        }
    }

    /// <summary>The message has left a queue for good.</summary>
    /// <returns>Where the journal is then; 0 when it had not known of it.</returns>
    public long Remove(Message message, QueueRecords queue, ulong position)
    {
        if (TryForget(message, queue, null))
            return 0;
        if (message.Kept.SolePlace == queue)
            RemoveWhole(message);
        else if (queue.TryTakeEntry(position, out var entry))
            RemovePart(message, entry);
        else
            return 0;
        queue.CountOut();
        return records.Journal.Position;
    }

    /// <summary>The exchange holds the message no more.</summary>
    /// <returns>As above.</returns>
    public long Remove(HeldMessage held)
    {
        if (TryForget(held.Message, null, held))
            return 0;
        if (held.Message.Kept.SolePlace == held)
            RemoveWhole(held.Message);
        else if (held.EntryId != 0)
            RemovePart(held.Message, held.EntryId);
        else
            return 0;
        return records.Journal.Position;
    }

    /// <summary>The record that stands for a message in a queue; 0 when the queue does not keep it.</summary>
    public ulong EntryIdOf(Message message, QueueRecords queue, ulong position)
    {
        if (_message == message)
            Write();
        return message.Kept.SolePlace == queue ? message.Kept.RecordId : queue.EntryIdAt(position);
    }

    private void Add(Message message, in Place place)
    {
        if (_message != message)
        {
            Write();
            Debug.Assert(message.Kept.RecordId == 0, "A message goes to all its places before another one is published.");
            _message = message;
        }
        _places.Add(place);
    }

    private void WriteWhole(Message message, in Place place)
    {
        MessageRecord.WriteHead(records.Head, message, place.Placement);
        message.Kept = new KeptIn
        {
            RecordId = LastId = records.Journal.Add(RecordKind.Message, records.Head.Written, message.Body),
            SolePlace = (object?)place.Held ?? place.Queue,
        };
        place.Queue?.CountIn();
    }

    private void WriteParts(Message message)
    {
        MessageRecord.WriteHead(records.Head, message, default);
        var id = LastId = records.Journal.Add(RecordKind.Message, records.Head.Written, message.Body);
        message.Kept = new KeptIn { RecordId = id };
        foreach (var place in _places)
        {
            new EntryRecord(id, place.Placement).Write(records.Head);
            var entry = records.Add(RecordKind.Entry);
            message.Kept.Entries++;
            if (place.Held is { } held)
                held.EntryId = entry;
            else
                place.Queue!.AddEntry(place.Position, entry);
            place.Queue?.CountIn();
        }
    }

    // A place that is not written yet never is. No queue has a message twice.
    private bool TryForget(Message message, QueueRecords? queue, HeldMessage? held)
    {
        if (_message != message)
            return false;
        var index = _places.Count - 1; // Mostly the last one: it leaves as soon as it has come.
        while (index >= 0 && (_places[index].Queue != queue || _places[index].Held != held))
            index--;
        if (index < 0)
            return false;
        _places.RemoveAt(index);
        if (_places.Count == 0)
            _message = null;
        return true;
    }

    /// <summary>A place that was recovered is nobody's.</summary>
    public void Discard(Message message, ulong entry)
    {
        if (message.Kept.Entries > 0)
            RemovePart(message, entry);
        else
            RemoveWhole(message);
    }

    /// <summary>A message whose record is all that there is of it cannot be read: it has left the queue, and its record stays.</summary>
    public void SetAside(ulong id, QueueRecords queue)
    {
        records.SetAside.Add(id);
        queue.CountOut();
    }

    /// <summary>A message whose record is all that there is of it has left its queue for good.</summary>
    public void RemoveOut(ulong id, QueueRecords queue)
    {
        records.Journal.Remove(id);
        queue.CountOut();
    }

    private void RemoveWhole(Message message)
    {
        records.Journal.Remove(message.Kept.RecordId);
        message.Kept = default;
    }

    private void RemovePart(Message message, ulong entry)
    {
        records.Journal.Remove(entry);
        if (--message.Kept.Entries == 0)
            RemoveWhole(message);
    }
}
