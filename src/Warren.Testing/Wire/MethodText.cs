using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Testing.Wire;

/// <summary>Methods, properties and bodies as a person reads them: AMQP's own names, texts in quotes, what is not set left out.</summary>
internal static class MethodText
{
    private const int MostPreviewOctets = 60;

    public static string Of(MethodId method, ReadOnlyMemory<byte> payload)
    {
        if (method == MethodId.None)
            return "heartbeat";
        var text = new StringBuilder(NameOf(method));
        AppendArguments(text, method, payload);
        return text.ToString();
    }

    public static void Append(StringBuilder text, BasicProperties properties)
    {
        Append(text, "content_type", properties.ContentType);
        Append(text, "content_encoding", properties.ContentEncoding);
        Append(text, "delivery_mode", properties.DeliveryMode);
        Append(text, "priority", properties.Priority);
        Append(text, "correlation_id", properties.CorrelationId);
        Append(text, "reply_to", properties.ReplyTo);
        Append(text, "expiration", properties.Expiration);
        Append(text, "message_id", properties.MessageId);
        Append(text, "timestamp", properties.Timestamp?.ToString("o", CultureInfo.InvariantCulture));
        Append(text, "type", properties.Type);
        Append(text, "user_id", properties.UserId);
        Append(text, "app_id", properties.AppId);
        if (properties.Headers is { IsEmpty: false } headers)
            text.Append(" headers=").Append(Show(headers));
    }

    public static string Preview(ReadOnlySpan<byte> body, long length)
    {
        var shown = body[..Math.Min(body.Length, MostPreviewOctets)];
        var isText = !shown.ContainsAnyInRange((byte)0, (byte)31);
        var text = isText ? $"'{Encoding.UTF8.GetString(shown)}'" : Convert.ToHexStringLower(shown);
        return shown.Length < length ? $"{text}... ({length} octets)" : text;
    }

    // BasicGetEmpty is basic.get-empty: the class is the first word.
    private static string NameOf(MethodId method)
    {
        var name = method.ToString();
        var text = new StringBuilder();
        var words = 0;
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append(words++ == 0 ? '.' : '-');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    private static void AppendArguments(StringBuilder text, MethodId method, ReadOnlyMemory<byte> payload)
    {
        switch (method)
        {
            case MethodId.BasicPublish:
                var publish = MethodPayload.Read<BasicPublish>(payload);
                Append(text, "exchange", publish.Exchange);
                Append(text, "routing_key", publish.RoutingKey);
                Append(text, "mandatory", publish.Mandatory);
                break;
            case MethodId.BasicDeliver:
                var deliver = MethodPayload.Read<BasicDeliver>(payload);
                Append(text, "consumer_tag", deliver.ConsumerTag);
                Append(text, "delivery_tag", deliver.DeliveryTag);
                Append(text, "redelivered", deliver.Redelivered);
                Append(text, "exchange", deliver.Exchange);
                Append(text, "routing_key", deliver.RoutingKey);
                break;
            case MethodId.BasicReturn:
                var returned = MethodPayload.Read<BasicReturn>(payload);
                Append(text, "reply_code", returned.ReplyCode);
                Append(text, "reply_text", returned.ReplyText);
                Append(text, "exchange", returned.Exchange);
                Append(text, "routing_key", returned.RoutingKey);
                break;
            case MethodId.BasicAck:
                var ack = MethodPayload.Read<BasicAck>(payload);
                Append(text, "delivery_tag", ack.DeliveryTag);
                Append(text, "multiple", ack.Multiple);
                break;
            case MethodId.BasicNack:
                var nack = MethodPayload.Read<BasicNack>(payload);
                Append(text, "delivery_tag", nack.DeliveryTag);
                Append(text, "multiple", nack.Multiple);
                Append(text, "requeue", nack.Requeue);
                break;
            case MethodId.BasicReject:
                var reject = MethodPayload.Read<BasicReject>(payload);
                Append(text, "delivery_tag", reject.DeliveryTag);
                Append(text, "requeue", reject.Requeue);
                break;
            case MethodId.BasicQos:
                Append(text, "prefetch_count", MethodPayload.Read<BasicQos>(payload).PrefetchCount);
                break;
            case MethodId.BasicConsume:
                var consume = MethodPayload.Read<BasicConsume>(payload);
                Append(text, "queue", consume.Queue);
                Append(text, "consumer_tag", consume.ConsumerTag);
                Append(text, "no_ack", consume.NoAck);
                Append(text, "exclusive", consume.Exclusive);
                Append(text, consume.Arguments);
                break;
            case MethodId.BasicConsumeOk:
                Append(text, "consumer_tag", MethodPayload.Read<BasicConsumeOk>(payload).ConsumerTag);
                break;
            case MethodId.BasicCancel:
                Append(text, "consumer_tag", MethodPayload.Read<BasicCancel>(payload).ConsumerTag);
                break;
            case MethodId.QueueDeclare:
                var queue = MethodPayload.Read<QueueDeclare>(payload);
                Append(text, "queue", queue.Queue);
                Append(text, "passive", queue.Passive);
                Append(text, "durable", queue.Durable);
                Append(text, "exclusive", queue.Exclusive);
                Append(text, "auto_delete", queue.AutoDelete);
                Append(text, queue.Arguments);
                break;
            case MethodId.QueueDeclareOk:
                var declared = MethodPayload.Read<QueueDeclareOk>(payload);
                Append(text, "queue", declared.Queue);
                Append(text, "message_count", declared.MessageCount);
                Append(text, "consumer_count", declared.ConsumerCount);
                break;
            case MethodId.QueueBind:
                var bind = MethodPayload.Read<QueueBind>(payload);
                Append(text, "queue", bind.Queue);
                Append(text, "exchange", bind.Exchange);
                Append(text, "routing_key", bind.RoutingKey);
                break;
            case MethodId.QueueDelete:
                Append(text, "queue", MethodPayload.Read<QueueDelete>(payload).Queue);
                break;
            case MethodId.ExchangeDeclare:
                var exchange = MethodPayload.Read<ExchangeDeclare>(payload);
                Append(text, "exchange", exchange.Exchange);
                Append(text, "type", exchange.Type);
                Append(text, "durable", exchange.Durable);
                break;
            case MethodId.ConnectionBlocked:
                Append(text, "reason", MethodPayload.Read<ConnectionBlocked>(payload).Reason);
                break;
            case MethodId.ConnectionClose:
                var close = MethodPayload.Read<ConnectionClose>(payload);
                Append(text, "reply_code", close.ReplyCode);
                Append(text, "reply_text", close.ReplyText);
                break;
            case MethodId.ChannelClose:
                var channel = MethodPayload.Read<ChannelClose>(payload);
                Append(text, "reply_code", channel.ReplyCode);
                Append(text, "reply_text", channel.ReplyText);
                break;
        }
    }

    private static void Append(StringBuilder text, string name, ShortString? value)
    {
        if (value is { } set)
            text.Append(' ').Append(name).Append("='").Append(set.ToString()).Append('\'');
    }

    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is not null)
            text.Append(' ').Append(name).Append("='").Append(value).Append('\'');
    }

    private static void Append(StringBuilder text, string name, bool value)
    {
        if (value)
            text.Append(' ').Append(name);
    }

    private static void Append(StringBuilder text, string name, ulong? value)
    {
        if (value is { } set)
            text.Append(CultureInfo.InvariantCulture, $" {name}={set}");
    }

    private static void Append(StringBuilder text, FieldTable arguments)
    {
        if (!arguments.IsEmpty)
            text.Append(" arguments=").Append(Show(arguments));
    }

    private static string Show(FieldTable table) => $"{{{string.Join(", ", table.ToDictionary().Select(field => $"{field.Key}={Show(field.Value)}"))}}}";

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        byte[] octets => Convert.ToHexStringLower(octets),
        IEnumerable<KeyValuePair<string, object?>> table => $"{{{string.Join(", ", table.Select(field => $"{field.Key}={Show(field.Value)}"))}}}",
        System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Show))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
