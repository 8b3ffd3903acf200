using Warren.Engine;

namespace Warren.Simulation;

/// <summary>A journal seam that passes everything on; a canary is one that does one thing wrong.</summary>
internal class CanaryJournal(IJournal journal) : IJournal
{
    private ulong _invented = 1UL << 62;

    protected IJournal Inner => journal;

    public long Position => journal.Position;

    public long NextPosition => journal.NextPosition;

    public virtual ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => journal.Add(kind, head, body);

    public virtual void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (!IsInvented(id))
            journal.Replace(id, kind, head, body);
    }

    public virtual void Remove(ulong id)
    {
        if (!IsInvented(id))
            journal.Remove(id);
    }

    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets) => journal.TryRead(id, out octets);

    /// <summary>An id for a record that is not written.</summary>
    protected ulong Invent() => ++_invented;

    protected static bool IsInvented(ulong id) => id > 1UL << 62;
}
