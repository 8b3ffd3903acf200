using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How often a message came back to its quorum queue, as a record.</summary>
/// <param name="Entry">The id of the message's place in the queue.</param>
/// <param name="All">How often.</param>
/// <param name="Counted">How many of these times count towards the limit.</param>
/// <param name="DelayedUntilTicks">When it is ready again after the last time; 0 for at once.</param>
internal readonly record struct ReturnsRecord(ulong Entry, long All, long Counted, long DelayedUntilTicks)
{
    private const byte Version = 1;

    public void Write(RecordWriter to) => to.Begin(Version).LongLong(Entry).LongLong((ulong)All).LongLong((ulong)Counted).Ticks(DelayedUntilTicks);

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static ReturnsRecord Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var record = new ReturnsRecord(reader.ReadLongLong(), (long)reader.ReadLongLong(), (long)reader.ReadLongLong(), (long)reader.ReadLongLong());
        reader.ExpectEnd();
        return record;
    }
}
