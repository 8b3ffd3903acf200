using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A binding between durable things as a record, by their names: some exchanges have no record of their own.</summary>
internal static class BindingRecord
{
    private const byte Version = 1;

    /// <summary>True for a binding that survives: both of its ends do.</summary>
    public static bool IsFor(Exchange source, Destination destination) =>
        source.Durable && destination is (Queue { Durable: true } or Exchange { Durable: true });

    public static void Write(RecordWriter to, Binding binding) => to.Begin(Version)
        .Octet((byte)(binding.Destination is Queue ? 1 : 0))
        .ShortString(binding.Source.Name.Span)
        .ShortString(binding.Destination.Name.Span)
        .ShortString(binding.RoutingKey.Span)
        .Table(binding.Arguments);

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static BindingDefinition Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var isToQueue = reader.ReadOctet() != 0;
        var source = reader.ReadShortString();
        var destination = reader.ReadShortString();
        var key = reader.ReadShortString();
        var arguments = reader.ReadTable();
        reader.ExpectEnd();
        return new BindingDefinition(source.ToOwned(), destination.ToOwned(), isToQueue, key.ToOwned(), arguments.ToOwned());
    }
}
