namespace Warren.Engine;

/// <summary>Messages with several places, and those places: they find each other when all records are read.</summary>
internal sealed class RecoveredParts
{
    private readonly Dictionary<ulong, Message> _messages = [];
    private readonly List<(ulong Id, EntryRecord Record)> _entries = [];

    /// <summary>Takes over one reference to the message.</summary>
    public void Add(ulong id, Message message) => _messages.Add(id, message);

    public void Add(ulong id, in EntryRecord record) => _entries.Add((id, record));

    /// <summary>Gives each place its message, with one reference.</summary>
    public void Join(Action<ulong, Placement, Message> place, Action<ulong, RecordKind, string> fault)
    {
        foreach (var (id, record) in _entries.OrderBy(static entry => entry.Id))
        {
            if (!_messages.TryGetValue(record.Message, out var message))
            {
                fault(id, RecordKind.Entry, $"the message {record.Message} is missing");
                continue;
            }
            message.Kept.Entries++;
            message.AddReference();
            place(id, record.Placement, message);
        }
        foreach (var (id, message) in _messages.OrderBy(static message => message.Key))
        {
            if (message.Kept.Entries == 0)
                fault(id, RecordKind.Message, "every place where it was is missing");
            message.Release();
        }
    }
}
