using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A durable queue as a record: flags, type, name, arguments. Of one that was deleted only the name is left.</summary>
/// <param name="Definition">What was declared.</param>
/// <param name="Type">Its type, whatever the arguments would mean to another release.</param>
internal sealed record QueueRecord(QueueDefinition Definition, QueueType Type)
{
    private const byte Version = 1;
    private const byte IsAutoDelete = 1;

    public static void Write(RecordWriter to, Queue queue) => to.Begin(Version)
        .Octet((byte)(queue.AutoDelete ? IsAutoDelete : 0))
        .Octet((byte)queue.Type)
        .ShortString(queue.Name.Span)
        .Table(queue.Arguments);

    public static void WriteEnded(RecordWriter to, Queue queue) => to.Begin(Version).ShortString(queue.Name.Span);

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static QueueRecord Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var flags = reader.ReadOctet();
        var type = (QueueType)reader.ReadOctet();
        var name = reader.ReadShortString();
        var arguments = reader.ReadTable();
        reader.ExpectEnd();
        if (!Enum.IsDefined(type))
            throw RecordFault.Of($"there is no queue type {(int)type}");
        return new QueueRecord(new QueueDefinition(name.ToOwned(), Durable: true, (flags & IsAutoDelete) != 0, arguments.ToOwned()), type);
    }

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static ShortString ReadEnded(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var name = reader.ReadShortString().ToOwned();
        reader.ExpectEnd();
        return name;
    }
}
