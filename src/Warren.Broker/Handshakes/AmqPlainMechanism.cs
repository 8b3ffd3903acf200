using Warren.Amqp;

namespace Warren.Broker;

/// <summary>AMQPLAIN: a field table, without its length, with the long strings LOGIN and PASSWORD, once each.</summary>
internal static class AmqPlainMechanism
{
    public const string Name = "AMQPLAIN";

    public static bool TryRead(ReadOnlyMemory<byte> response, out Credentials credentials)
    {
        credentials = default;
        if (!TryReadTable(response, out var table) || !TryGetOnly(table, "LOGIN"u8, out var user) || !TryGetOnly(table, "PASSWORD"u8, out var password))
            return false;
        credentials = new Credentials(user, password);
        return true;
    }

    private static bool TryReadTable(ReadOnlyMemory<byte> response, out FieldTable table)
    {
        table = default;
        try
        {
            table = FieldTable.FromOctets(response);
            return true;
        }
        catch (ProtocolException) // Refused like a wrong password, so that nothing can be learned from it.
        {
            return false;
        }
    }

    private static bool TryGetOnly(FieldTable table, ReadOnlySpan<byte> name, out ReadOnlyMemory<byte> value)
    {
        value = default;
        var found = 0;
        foreach (var field in table)
        {
            if (!field.Name.Span.SequenceEqual(name))
                continue;
            found += field.Value.Type == FieldType.LongString ? 1 : 2;
            value = field.Value.Octets;
        }
        return found == 1;
    }
}
