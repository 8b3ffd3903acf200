using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The properties of a traced message as the table that the firehose's header <c>properties</c> is; the last one first, as RabbitMQ has it.</summary>
internal static class TracedProperties
{
    public static FieldTable Of(PropertiesView properties)
    {
        var table = new FieldTableBuilder();
        Add(PropertyFlags.ClusterId, "cluster_id", properties.ClusterId);
        Add(PropertyFlags.AppId, "app_id", properties.AppId);
        Add(PropertyFlags.UserId, "user_id", properties.UserId);
        Add(PropertyFlags.Type, "type", properties.Type);
        Add(PropertyFlags.Timestamp, "timestamp", (long)properties.TimestampSeconds);
        Add(PropertyFlags.MessageId, "message_id", properties.MessageId);
        Add(PropertyFlags.Expiration, "expiration", properties.Expiration);
        Add(PropertyFlags.ReplyTo, "reply_to", properties.ReplyTo);
        Add(PropertyFlags.CorrelationId, "correlation_id", properties.CorrelationId);
        Add(PropertyFlags.Priority, "priority", (int)properties.Priority);
        Add(PropertyFlags.DeliveryMode, "delivery_mode", (int)properties.DeliveryMode);
        Add(PropertyFlags.Headers, "headers", properties.Headers);
        Add(PropertyFlags.ContentEncoding, "content_encoding", properties.ContentEncoding);
        Add(PropertyFlags.ContentType, "content_type", properties.ContentType);
        return table.ToTable();

        void Add(PropertyFlags flag, string name, object value)
        {
            if (properties.Has(flag))
                table.Add(name, value);
        }
    }
}
