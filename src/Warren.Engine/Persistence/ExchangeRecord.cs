using Warren.Amqp;

namespace Warren.Engine;

/// <summary>A durable exchange as a record: flags, name, type, arguments.</summary>
internal static class ExchangeRecord
{
    private const byte Version = 1;
    private const byte AutoDelete = 1;
    private const byte Internal = 2;

    public static void Write(RecordWriter to, Exchange exchange) => to.Begin(Version)
        .Octet((byte)((exchange.AutoDelete ? AutoDelete : 0) | (exchange.Internal ? Internal : 0)))
        .ShortString(exchange.Name.Span)
        .ShortString(exchange.Type.Name.Span)
        .Table(exchange.Arguments);

    /// <exception cref="ProtocolException">It is no such record.</exception>
    public static ExchangeDefinition Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new WireReader(octets);
        RecordFault.CheckVersion(ref reader, Version);
        var flags = reader.ReadOctet();
        var name = reader.ReadShortString();
        var type = reader.ReadShortString();
        var arguments = reader.ReadTable();
        reader.ExpectEnd();
        return new ExchangeDefinition(name, type, Durable: true, (flags & AutoDelete) != 0, (flags & Internal) != 0, arguments);
    }
}
