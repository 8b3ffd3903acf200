using Warren.Amqp;

namespace Warren.Engine;

/// <summary>One of several places of a message as a record.</summary>
/// <param name="Message">The id of the message's record.</param>
/// <param name="Placement">Where.</param>
internal readonly record struct EntryRecord(ulong Message, Placement Placement)
{
    private const byte Version = 1;

    public void Write(RecordWriter to) => Placement.Write(to.Begin(Version).LongLong(Message));

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static EntryRecord Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var entry = new EntryRecord(reader.ReadLongLong(), Placement.Read(ref reader));
        reader.ExpectEnd();
        return entry.Placement.Kind == PlacementKind.Several ? throw RecordFault.Of("it names no place") : entry;
    }
}
