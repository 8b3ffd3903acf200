using Warren.Amqp;

namespace Warren.Engine;

/// <summary>That a message of a queue is a dead letter which has not arrived, as a record: why, what it has behind it, and which queues have taken it.</summary>
/// <param name="Entry">The id of the message's place in the queue.</param>
/// <param name="Letter">All else, without its message.</param>
internal readonly record struct LetterRecord(ulong Entry, KeptLetterState Letter)
{
    private const byte Version = 1;
    private const byte IsSent = 1;
    private const byte IsHeld = 2;
    private const byte HasHistory = 4;

    public void Write(RecordWriter to)
    {
        var flags = (Letter.IsSent ? IsSent : 0) | (Letter.IsHeld ? IsHeld : 0) | (Letter.History is not null ? HasHistory : 0);
        to.Begin(Version).LongLong(Entry).Octet((byte)Letter.Reason).Octet((byte)flags).Long((uint)Letter.Takers.Count);
        foreach (var taker in Letter.Takers)
            to.ShortString(taker.Span);
        Letter.History?.Write(to);
    }

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static LetterRecord Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var entry = reader.ReadLongLong();
        var reason = (DeathReason)reader.ReadOctet();
        if (!Enum.IsDefined(reason))
            throw RecordFault.Of($"there is no reason {(int)reason} to die of");
        var flags = reader.ReadOctet();
        var letter = new KeptLetterState(reason) { IsSent = (flags & IsSent) != 0, IsHeld = (flags & IsHeld) != 0 };
        for (var left = reader.ReadLong(); left > 0; left--)
            letter.Takers.Add(reader.ReadShortString().ToOwned());
        if ((flags & HasHistory) != 0)
            letter.History = DeathHistory.Read(ref reader);
        reader.ExpectEnd();
        return new LetterRecord(entry, letter);
    }
}
