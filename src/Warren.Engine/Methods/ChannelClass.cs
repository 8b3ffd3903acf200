using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The channel class (AMQP 0-9-1 section 1.5), and access.request, which old clients still send.</summary>
internal static class ChannelClass
{
    public static void Flow(Channel channel, in ChannelFlow flow)
    {
        if (!flow.Active)
            throw new ConnectionException(ReplyCode.NotImplemented, "active=false");
        channel.Send(new ChannelFlowOk(true));
    }

    public static void Close(Channel channel, in ChannelClose close)
    {
        _ = close; // The client's reasons are its own.
        channel.CloseAsAsked();
    }

    public static void RequestAccess(Channel channel, in AccessRequest request)
    {
        _ = request; // AMQP 0-8's realms are gone; everybody gets the same ticket.
        channel.Send(new AccessRequestOk(1));
    }
}
