namespace Warren.Engine;

/// <summary>
/// Where the engine keeps what must survive: records that live until they are removed. Every call is made inside a step or inside <see cref="BrokerEngine.EndBatch"/>, on the
/// thread that steps. What one of them appended has to be recovered wholly or not at all, so a batch is sealed only between them.
/// </summary>
public interface IJournal
{
    /// <summary>
    /// How far everything is that was appended: grows with every call that appends. <see cref="CommandKind.Persisted"/> says how far it is on disk, with a value that this had
    /// when a batch was sealed.
    /// </summary>
    long Position { get; }

    /// <summary>
    /// Above everything that was appended by now, also by others who share the journal, and not above what <see cref="Position"/> is when something more was appended.
    /// </summary>
    long NextPosition { get; }

    /// <summary>A record that lives until it is removed.</summary>
    /// <param name="kind">What it is; for the journal one octet that means nothing.</param>
    /// <param name="head">Its first octets.</param>
    /// <param name="body">Its other octets; recovered behind the first ones, as one.</param>
    /// <returns>Its id: above 0, larger than every id before, and never given twice, also not after a crash.</returns>
    ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body);

    /// <summary>The same id, other contents.</summary>
    void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body);

    /// <summary>The record lives no more.</summary>
    void Remove(ulong id);

    /// <summary>Reads a record that lives and is on disk, in the step that needs it. Neighbours are often read one after the other.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="octets">Head and body as one; valid until the next call.</param>
    /// <returns>False when the disk does not give back what was written. The journal's owner hears why.</returns>
    bool TryRead(ulong id, out ReadOnlyMemory<byte> octets);
}
