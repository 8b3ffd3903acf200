using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Up to where a queue's messages may have been delivered, as a record: one per queue, and per priority where that makes a line of its own.</summary>
/// <param name="Queue">The id of the queue's record.</param>
/// <param name="Level">The highest octet of the positions that it is about.</param>
/// <param name="Value">The position.</param>
internal readonly record struct WatermarkRecord(ulong Queue, byte Level, ulong Value)
{
    private const byte Version = 1;

    public void Write(RecordWriter to) => to.Begin(Version).LongLong(Queue).Octet(Level).LongLong(Value);

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static WatermarkRecord Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var record = new WatermarkRecord(reader.ReadLongLong(), reader.ReadOctet(), reader.ReadLongLong());
        reader.ExpectEnd();
        return record;
    }
}
