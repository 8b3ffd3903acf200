using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Field values as RabbitMQ words them in reply texts.</summary>
internal static class FieldText
{
    public static string TypeName(FieldType type) => type switch
    {
        FieldType.Boolean => "bool",
        FieldType.SignedByte => "byte",
        FieldType.UnsignedByte => "unsignedbyte",
        FieldType.SignedShort => "short",
        FieldType.UnsignedShort => "unsignedshort",
        FieldType.SignedInt => "signedint",
        FieldType.UnsignedInt => "unsignedint",
        FieldType.SignedLong or FieldType.SignedLongUpper => "long",
        FieldType.Float => "float",
        FieldType.Double => "double",
        FieldType.Decimal => "decimal",
        FieldType.Timestamp => "timestamp",
        FieldType.LongString => "longstr",
        FieldType.ByteArray => "binary",
        FieldType.Array => "array",
        FieldType.Table => "table",
        _ => "void",
    };

    /// <summary>The value alone, as it stands between quotes.</summary>
    public static string Value(FieldValue value) => value switch
    {
        { Type: FieldType.LongString or FieldType.ByteArray } => Encoding.UTF8.GetString(value.Octets.Span),
        { Type: FieldType.Void } => "undefined",
        { Type: FieldType.Boolean } => value.Octets.Span[0] != 0 ? "true" : "false",
        { Type: FieldType.Timestamp } => BinaryPrimitives.ReadUInt64BigEndian(value.Octets.Span).ToString(CultureInfo.InvariantCulture),
        { Type: FieldType.Table } when value.TryGetTable(out var table) => Term(table),
        { Type: FieldType.Array } => Term(value.EnumerateArray()),
        _ when value.TryGetInteger(out var integer) => integer.ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value.ToObject(), CultureInfo.InvariantCulture) ?? "",
    };

    // As a term of RabbitMQ's language.
    private static string Term(FieldTable table)
    {
        var fields = new List<string>();
        foreach (var (name, value) in table)
            fields.Add($"{{{Quoted(name.Span)},{TypeName(value.Type)},{Term(value)}}}");
        return $"[{string.Join(',', fields)}]";
    }

    private static string Term(FieldArrayEnumerator values)
    {
        var items = new List<string>();
        foreach (var value in values)
            items.Add($"{{{TypeName(value.Type)},{Term(value)}}}");
        return $"[{string.Join(',', items)}]";
    }

    private static string Term(FieldValue value) =>
        value.Type is FieldType.LongString or FieldType.ByteArray ? Quoted(value.Octets.Span) : Value(value);

    private static string Quoted(ReadOnlySpan<byte> octets) => octets.IsEmpty ? "<<>>" : $"<<\"{Encoding.UTF8.GetString(octets)}\">>";

    /// <summary>Value and type, or none.</summary>
    public static string Describe(FieldValue? value) =>
        value is { } present ? $"the value '{Value(present)}' of type '{TypeName(present.Type)}'" : "none";

    /// <summary>True when both mean the same: integers whatever their width, everything else bit for bit.</summary>
    public static bool AreEqual(FieldValue left, FieldValue right)
    {
        if (left.TryGetInteger(out var leftInteger) && right.TryGetInteger(out var rightInteger))
            return leftInteger == rightInteger;
        return left.Type == right.Type && left.Octets.Span.SequenceEqual(right.Octets.Span);
    }
}
