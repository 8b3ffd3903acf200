using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>What a failure between client and broker is to the caller.</summary>
internal static class FailureStatus
{
    /// <summary>Looks inside too: a connection that was given up tells why in its inner exception.</summary>
    public static RpcStatus Of(Exception reason)
    {
        for (var each = reason; each is not null; each = each.InnerException)
        {
            switch (each)
            {
                case AccessRefusedException { ReplyCode: ReplyCode.NotAllowed }: return RpcStatus.PermissionDenied; // Known, but not in this virtual host.
                case AccessRefusedException: return RpcStatus.Unauthenticated;
                case ChannelClosedException closed: return Of(closed);
            }
        }
        return RpcStatus.Unavailable;
    }

    /// <summary>The broker has closed a channel: what that says of the request, or of the declaration, that it closed it for.</summary>
    public static RpcStatus Of(ChannelClosedException fault) => fault.ReplyCode switch
    {
        ReplyCode.AccessRefused => RpcStatus.PermissionDenied,
        ReplyCode.PreconditionFailed when fault.Cause == MethodId.BasicPublish => RpcStatus.InvalidArgument, // Too large, mostly.
        _ => RpcStatus.Unavailable,
    };

    /// <summary>True when the broker closed the channel for something that it would not do; false when the channel was closed from this side.</summary>
    public static bool IsRefusal(this ChannelClosedException fault) => fault.ReplyCode != ReplyCode.ReplySuccess;
}
