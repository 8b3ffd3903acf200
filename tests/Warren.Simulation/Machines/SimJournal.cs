using Warren.Engine;
using Warren.Store;

namespace Warren.Simulation;

/// <summary>The engine's journal in a simulation: the store's, and beside it the oracle that knows what is in there.</summary>
internal sealed class SimJournal(Journal journal, JournalOracle oracle) : IJournal
{
    private const int RecordOctets = 40; // About, without contents.

    private readonly RecordBuffer _read = new();

    /// <summary>Octets of what was appended since this was set to 0.</summary>
    public int Octets { get; set; }

    public long Position => journal.Position;

    public long NextPosition => journal.Position + 1;

    public ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Octets += head.Length + body.Length + RecordOctets;
        var id = journal.Add((byte)kind, head, body);
        oracle.Add(id, (byte)kind, head, body);
        return id;
    }

    public void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Octets += head.Length + body.Length + RecordOctets;
        oracle.Replace(id, (byte)kind, head, body);
        journal.Replace(id, (byte)kind, head, body);
    }

    public void Remove(ulong id)
    {
        Octets += RecordOctets;
        oracle.Remove(id);
        journal.Remove(id);
    }

    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets)
    {
        try
        {
            var isThere = journal.TryRead(id, _read);
            octets = isThere ? _read.Contents : default;
            return isThere;
        }
        catch (RecordDamagedException)
        {
            octets = default;
            return false;
        }
    }
}
