using System.Runtime.CompilerServices;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Every method that a client may send on an open channel, and who takes it.</summary>
internal static class MethodDispatch
{
    public static void Run(Channel channel, MethodId method, ReadOnlyMemory<byte> payload)
    {
        // The two methods of the message's road come first and alone: the frame of the large switch is cleared at every call.
        if (method == MethodId.BasicPublish)
            channel.Publisher.Begin(MethodPayload.Read<BasicPublish>(payload));
        else if (method == MethodId.BasicAck)
            BasicClass.Ack(channel, MethodPayload.Read<BasicAck>(payload));
        else
            RunRare(channel, method, payload);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunRare(Channel channel, MethodId method, ReadOnlyMemory<byte> payload)
    {
        switch (method)
        {
            case MethodId.BasicNack: BasicClass.Nack(channel, MethodPayload.Read<BasicNack>(payload)); break;
            case MethodId.BasicReject: BasicClass.Reject(channel, MethodPayload.Read<BasicReject>(payload)); break;
            case MethodId.BasicGet: BasicClass.Get(channel, MethodPayload.Read<BasicGet>(payload)); break;
            case MethodId.BasicConsume: BasicClass.Consume(channel, MethodPayload.Read<BasicConsume>(payload)); break;
            case MethodId.BasicCancel: BasicClass.Cancel(channel, MethodPayload.Read<BasicCancel>(payload)); break;
            case MethodId.BasicQos: BasicClass.Qos(channel, MethodPayload.Read<BasicQos>(payload)); break;
            case MethodId.BasicRecover: BasicClass.Recover(channel, MethodPayload.Read<BasicRecover>(payload)); break;
            case MethodId.BasicRecoverAsync: BasicClass.RecoverAsync(channel, MethodPayload.Read<BasicRecoverAsync>(payload)); break;

            case MethodId.QueueDeclare: QueueClass.Declare(channel, MethodPayload.Read<QueueDeclare>(payload)); break;
            case MethodId.QueueBind: QueueClass.Bind(channel, MethodPayload.Read<QueueBind>(payload)); break;
            case MethodId.QueueUnbind: QueueClass.Unbind(channel, MethodPayload.Read<QueueUnbind>(payload)); break;
            case MethodId.QueuePurge: QueueClass.Purge(channel, MethodPayload.Read<QueuePurge>(payload)); break;
            case MethodId.QueueDelete: QueueClass.Delete(channel, MethodPayload.Read<QueueDelete>(payload)); break;

            case MethodId.ExchangeDeclare: ExchangeClass.Declare(channel, MethodPayload.Read<ExchangeDeclare>(payload)); break;
            case MethodId.ExchangeDelete: ExchangeClass.Delete(channel, MethodPayload.Read<ExchangeDelete>(payload)); break;
            case MethodId.ExchangeBind: ExchangeClass.Bind(channel, MethodPayload.Read<ExchangeBind>(payload)); break;
            case MethodId.ExchangeUnbind: ExchangeClass.Unbind(channel, MethodPayload.Read<ExchangeUnbind>(payload)); break;

            case MethodId.ConfirmSelect: ConfirmClass.Select(channel, MethodPayload.Read<ConfirmSelect>(payload)); break;
            case MethodId.TxSelect: TxClass.Select(channel, MethodPayload.Read<TxSelect>(payload)); break;
            case MethodId.TxCommit: TxClass.Commit(channel, MethodPayload.Read<TxCommit>(payload)); break;
            case MethodId.TxRollback: TxClass.Rollback(channel, MethodPayload.Read<TxRollback>(payload)); break;

            case MethodId.ChannelOpen: throw new ConnectionException(ReplyCode.ChannelError, "second 'channel.open' seen");
            case MethodId.ChannelFlow: ChannelClass.Flow(channel, MethodPayload.Read<ChannelFlow>(payload)); break;
            case MethodId.ChannelClose: ChannelClass.Close(channel, MethodPayload.Read<ChannelClose>(payload)); break;
            case MethodId.ChannelCloseOk: break; // The answer to a close that crossed another.
            case MethodId.AccessRequest: ChannelClass.RequestAccess(channel, MethodPayload.Read<AccessRequest>(payload)); break;

            default: throw MethodCheck.NotOnOpenChannel(method);
        }
    }
}
