using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>Properties and tables as text: every octet that a client sees, but the times that the broker wrote.</summary>
internal static class MessageText
{
    public static string Of(PropertiesView view, Names names)
    {
        var text = new StringBuilder();
        Add(text, view, PropertyFlags.ContentType, "content-type", view.ContentType, names);
        Add(text, view, PropertyFlags.ContentEncoding, "content-encoding", view.ContentEncoding, names);
        if (view.Has(PropertyFlags.Headers))
            text.Append(CultureInfo.InvariantCulture, $" headers={Of(view.Headers, names)}");
        if (view.Has(PropertyFlags.DeliveryMode))
            text.Append(CultureInfo.InvariantCulture, $" delivery-mode={view.DeliveryMode}");
        if (view.Has(PropertyFlags.Priority))
            text.Append(CultureInfo.InvariantCulture, $" priority={view.Priority}");
        Add(text, view, PropertyFlags.CorrelationId, "correlation-id", view.CorrelationId, names);
        Add(text, view, PropertyFlags.ReplyTo, "reply-to", view.ReplyTo, names);
        Add(text, view, PropertyFlags.Expiration, "expiration", view.Expiration, names);
        Add(text, view, PropertyFlags.MessageId, "message-id", view.MessageId, names);
        if (view.Has(PropertyFlags.Timestamp))
            text.Append(CultureInfo.InvariantCulture, $" timestamp={view.TimestampSeconds}");
        Add(text, view, PropertyFlags.Type, "type", view.Type, names);
        Add(text, view, PropertyFlags.UserId, "user-id", view.UserId, names);
        Add(text, view, PropertyFlags.AppId, "app-id", view.AppId, names);
        Add(text, view, PropertyFlags.ClusterId, "cluster-id", view.ClusterId, names);
        return text.ToString();
    }

    private static void Add(StringBuilder text, PropertiesView view, PropertyFlags flag, string name, ShortString value, Names names)
    {
        if (view.Has(flag))
            text.Append(CultureInfo.InvariantCulture, $" {name}={names.InScript(value.ToString())}");
    }

    private static string Of(FieldTable table, Names names)
    {
        var fields = new List<string>();
        foreach (var (name, value) in table)
        {
            // The moment of a death is the broker's clock; its type is not.
            fields.Add($"{names.InScript(name.ToString())}={(value.Type == FieldType.Timestamp && name == "time" ? "T:now" : Of(value, names))}");
        }
        return $"[{string.Join(';', fields)}]";
    }

    private static string Of(FieldValue value, Names names)
    {
        var text = value.Type switch
        {
            FieldType.LongString => names.InScript(Encoding.UTF8.GetString(value.Octets.Span)),
            FieldType.Array => OfArray(value, names),
            FieldType.Table when value.TryGetTable(out var table) => Of(table, names),
            _ => value.TryGetInteger(out var number) ? number.ToString(CultureInfo.InvariantCulture) : Convert.ToHexString(value.Octets.Span),
        };
        return $"{(char)value.Type}:{text}";
    }

    private static string OfArray(FieldValue array, Names names)
    {
        var values = new List<string>();
        foreach (var value in array.EnumerateArray())
            values.Add(Of(value, names));
        return $"[{string.Join(';', values)}]";
    }
}
