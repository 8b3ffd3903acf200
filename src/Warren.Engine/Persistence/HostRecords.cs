namespace Warren.Engine;

/// <summary>What a virtual host keeps in a journal; one without a journal has none of it.</summary>
internal sealed class HostRecords
{
    public HostRecords(IJournal journal)
    {
        Journal = journal;
        Waits = new JournalWaits(journal);
        Messages = new MessageRecords(this);
    }

    public IJournal Journal { get; }

    public JournalWaits Waits { get; }

    public MessageRecords Messages { get; }

    /// <summary>Where the head of the next record is written.</summary>
    public RecordWriter Head { get; } = new();

    /// <summary>Records that recovery could not use, but that may still be worth something to somebody: they stay.</summary>
    public HashSet<ulong> SetAside { get; } = [];

    /// <summary>Adds the record whose head was written, without a body.</summary>
    public ulong Add(RecordKind kind) => Journal.Add(kind, Head.Written, default);

    /// <summary>Writes what the record is from now on, from the head that was written.</summary>
    public void Replace(ulong id, RecordKind kind) => Journal.Replace(id, kind, Head.Written, default);

    /// <summary>Adds the record, or replaces it when it has an id.</summary>
    /// <returns>The id.</returns>
    public ulong Put(ulong id, RecordKind kind)
    {
        if (id == 0)
            return Add(kind);
        Replace(id, kind);
        return id;
    }

    /// <summary>A durable exchange was declared.</summary>
    public void Keep(Exchange exchange)
    {
        if (!exchange.Durable)
            return;
        ExchangeRecord.Write(Head, exchange);
        exchange.RecordId = Add(RecordKind.Exchange);
    }

    /// <summary>A durable queue was declared that belongs to no connection.</summary>
    public void Keep(Queue queue)
    {
        if (!queue.Durable || queue.Owner is not null)
            return;
        QueueRecord.Write(Head, queue);
        queue.KeepIn(new QueueRecords(this, queue, Add(RecordKind.Queue)));
    }

    /// <summary>A binding was made.</summary>
    public void Keep(Binding binding)
    {
        if (!BindingRecord.IsFor(binding.Source, binding.Destination))
            return;
        BindingRecord.Write(Head, binding);
        binding.RecordId = Add(RecordKind.Binding);
    }

    /// <summary>Something has ended; 0 is the id of what was never kept.</summary>
    public void Remove(ulong id)
    {
        if (id != 0)
            Journal.Remove(id);
    }
}
