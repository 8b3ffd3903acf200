using Warren.Amqp;

namespace Warren.Differential;

/// <summary>A method that a broker answers with, as text.</summary>
internal static class AnswerText
{
    public static string Of(ReadOnlyMemory<byte> payload)
    {
        var id = MethodPayload.ReadId(payload);
        return id switch
        {
            MethodId.ConnectionClose when MethodPayload.Read<ConnectionClose>(payload) is var close =>
                $"connection.close {close.ReplyCode} '{close.ReplyText}' of {close.FaultClassId}/{close.FaultMethodId}",
            MethodId.ChannelClose when MethodPayload.Read<ChannelClose>(payload) is var close =>
                $"channel.close {close.ReplyCode} '{close.ReplyText}' of {close.FaultClassId}/{close.FaultMethodId}",
            MethodId.ChannelFlowOk => $"channel.flow-ok active={MethodPayload.Read<ChannelFlowOk>(payload).Active}",
            MethodId.QueueDeclareOk when MethodPayload.Read<QueueDeclareOk>(payload) is var ok =>
                $"queue.declare-ok queue={ok.Queue} ready={ok.MessageCount} consumers={ok.ConsumerCount}",
            MethodId.QueuePurgeOk => $"queue.purge-ok {MethodPayload.Read<QueuePurgeOk>(payload).MessageCount}",
            MethodId.QueueDeleteOk => $"queue.delete-ok {MethodPayload.Read<QueueDeleteOk>(payload).MessageCount}",
            MethodId.BasicConsumeOk => $"basic.consume-ok consumer={MethodPayload.Read<BasicConsumeOk>(payload).ConsumerTag}",
            MethodId.BasicCancelOk => $"basic.cancel-ok consumer={MethodPayload.Read<BasicCancelOk>(payload).ConsumerTag}",
            MethodId.BasicCancel when MethodPayload.Read<BasicCancel>(payload) is var cancel =>
                $"basic.cancel consumer={cancel.ConsumerTag} nowait={cancel.NoWait}",
            MethodId.ConnectionBlocked => $"connection.blocked '{MethodPayload.Read<ConnectionBlocked>(payload).Reason}'",
            _ => $"{id}",
        };
    }
}
