using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The confirm class, RabbitMQ's (https://www.rabbitmq.com/docs/confirms).</summary>
internal static class ConfirmClass
{
    public static void Select(Channel channel, in ConfirmSelect select)
    {
        if (channel.Transaction is not null)
            throw new ChannelException(ReplyCode.PreconditionFailed, "cannot switch from tx to confirm mode");
        channel.Confirms ??= new ConfirmLedger(channel);
        if (!select.NoWait)
            channel.Send(default(ConfirmSelectOk));
    }
}
