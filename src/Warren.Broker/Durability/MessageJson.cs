using System.Text.Json;
using System.Text.Unicode;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>A message as one JSON object, with the names of RabbitMQ's HTTP API.</summary>
internal static class MessageJson
{
    public static void Write(Utf8JsonWriter json, string virtualHost, in QueuedMessage message)
    {
        json.WriteStartObject();
        json.WriteString("vhost", virtualHost);
        json.WriteString("queue", message.Queue.ToString());
        json.WriteNumber("position", message.Position);
        json.WriteString("exchange", message.Exchange.ToString());
        json.WriteString("routing_key", message.RoutingKey.ToString());
        json.WritePropertyName("properties");
        Write(json, message.Properties);
        var isText = Utf8.IsValid(message.Body);
        json.WriteString("payload_encoding", isText ? "string" : "base64");
        if (isText)
            json.WriteString("payload", message.Body);
        else
            json.WriteBase64String("payload", message.Body);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PropertiesView properties)
    {
        json.WriteStartObject();
        Text(PropertyFlags.ContentType, "content_type", properties.ContentType);
        Text(PropertyFlags.ContentEncoding, "content_encoding", properties.ContentEncoding);
        if (Has(PropertyFlags.Headers))
        {
            json.WritePropertyName("headers");
            FieldJson.ToJson(properties.Headers).WriteTo(json);
        }
        if (Has(PropertyFlags.DeliveryMode))
            json.WriteNumber("delivery_mode", properties.DeliveryMode);
        if (Has(PropertyFlags.Priority))
            json.WriteNumber("priority", properties.Priority);
        Text(PropertyFlags.CorrelationId, "correlation_id", properties.CorrelationId);
        Text(PropertyFlags.ReplyTo, "reply_to", properties.ReplyTo);
        Text(PropertyFlags.Expiration, "expiration", properties.Expiration);
        Text(PropertyFlags.MessageId, "message_id", properties.MessageId);
        if (Has(PropertyFlags.Timestamp))
            json.WriteNumber("timestamp", properties.TimestampSeconds);
        Text(PropertyFlags.Type, "type", properties.Type);
        Text(PropertyFlags.UserId, "user_id", properties.UserId);
        Text(PropertyFlags.AppId, "app_id", properties.AppId);
        json.WriteEndObject();

        bool Has(PropertyFlags flag) => (properties.Flags & flag) != 0;

        void Text(PropertyFlags flag, string name, ShortString value)
        {
            if (Has(flag))
                json.WriteString(name, value.ToString());
        }
    }
}
