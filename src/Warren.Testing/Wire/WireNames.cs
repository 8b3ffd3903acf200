using Warren.Amqp;

namespace Warren.Testing;

/// <summary>What the methods that scripts look at name.</summary>
internal readonly record struct WireNames(string Exchange = "", string RoutingKey = "", string Queue = "", string ConsumerTag = "", ulong DeliveryTag = 0)
{
    public static WireNames Read(MethodId method, ReadOnlyMemory<byte> payload)
    {
        switch (method)
        {
            case MethodId.BasicPublish:
                var publish = MethodPayload.Read<BasicPublish>(payload);
                return Nothing with { Exchange = publish.Exchange.ToString(), RoutingKey = publish.RoutingKey.ToString() };
            case MethodId.BasicDeliver:
                var deliver = MethodPayload.Read<BasicDeliver>(payload);
                return new(deliver.Exchange.ToString(), deliver.RoutingKey.ToString(), "", deliver.ConsumerTag.ToString(), deliver.DeliveryTag);
            case MethodId.BasicReturn:
                var returned = MethodPayload.Read<BasicReturn>(payload);
                return Nothing with { Exchange = returned.Exchange.ToString(), RoutingKey = returned.RoutingKey.ToString() };
            case MethodId.BasicAck:
                return Nothing with { DeliveryTag = MethodPayload.Read<BasicAck>(payload).DeliveryTag };
            case MethodId.BasicNack:
                return Nothing with { DeliveryTag = MethodPayload.Read<BasicNack>(payload).DeliveryTag };
            case MethodId.BasicReject:
                return Nothing with { DeliveryTag = MethodPayload.Read<BasicReject>(payload).DeliveryTag };
            case MethodId.BasicConsume:
                var consume = MethodPayload.Read<BasicConsume>(payload);
                return Nothing with { Queue = consume.Queue.ToString(), ConsumerTag = consume.ConsumerTag.ToString() };
            case MethodId.BasicConsumeOk:
                return Nothing with { ConsumerTag = MethodPayload.Read<BasicConsumeOk>(payload).ConsumerTag.ToString() };
            case MethodId.BasicCancel:
                return Nothing with { ConsumerTag = MethodPayload.Read<BasicCancel>(payload).ConsumerTag.ToString() };
            case MethodId.BasicGet:
                return Nothing with { Queue = MethodPayload.Read<BasicGet>(payload).Queue.ToString() };
            case MethodId.QueueDeclare:
                return Nothing with { Queue = MethodPayload.Read<QueueDeclare>(payload).Queue.ToString() };
            case MethodId.QueueDeclareOk:
                return Nothing with { Queue = MethodPayload.Read<QueueDeclareOk>(payload).Queue.ToString() };
            case MethodId.QueueDelete:
                return Nothing with { Queue = MethodPayload.Read<QueueDelete>(payload).Queue.ToString() };
            default:
                return Nothing;
        }
    }

    private static WireNames Nothing => new("", "", "", "", 0);
}
