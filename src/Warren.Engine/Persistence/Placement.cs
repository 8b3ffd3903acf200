using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Where a message is: in a queue, or with an exchange of the type x-delayed-message that holds it.</summary>
internal enum PlacementKind : byte
{
    /// <summary>In several places, each of which is a record of its own.</summary>
    Several,

    /// <summary>In a queue.</summary>
    Queue,

    /// <summary>With an exchange that holds it.</summary>
    Exchange,
}

/// <summary>One place of a message, as part of a record.</summary>
/// <param name="Kind">What kind of place.</param>
/// <param name="Owner">The id of the queue's or exchange's record.</param>
/// <param name="Position">Its position in the queue; or when it is due, in ticks.</param>
/// <param name="DelayMs">For how long the exchange holds it; 0 in a queue.</param>
internal readonly record struct Placement(PlacementKind Kind, ulong Owner, ulong Position, uint DelayMs)
{
    public void Write(RecordWriter to)
    {
        to.Octet((byte)Kind);
        if (Kind == PlacementKind.Several)
            return;
        to.LongLong(Owner).LongLong(Position);
        if (Kind == PlacementKind.Exchange)
            to.Long(DelayMs);
    }

    public static Placement Read(ref WireReader reader)
    {
        var kind = (PlacementKind)reader.ReadOctet();
        return kind switch
        {
            PlacementKind.Several => default,
            PlacementKind.Queue => new Placement(kind, reader.ReadLongLong(), reader.ReadLongLong(), 0),
            PlacementKind.Exchange => new Placement(kind, reader.ReadLongLong(), reader.ReadLongLong(), reader.ReadLong()),
            _ => throw RecordFault.Of($"there is no place of kind {(int)kind}"),
        };
    }
}
