using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a method gets that came where it has no place.</summary>
internal static class MethodCheck
{
    public static ConnectionException NotOnChannelZero(MethodId method) => Enum.IsDefined(method)
        ? new ConnectionException(ReplyCode.ChannelError, "unexpected method in connection state running")
        : Unknown(method);

    public static ConnectionException NotOnUnopenedChannel(MethodId method, ushort number, int channelMax)
    {
        if (!Enum.IsDefined(method))
            return Unknown(method);
        return number > channelMax
            ? new ConnectionException(ReplyCode.NotAllowed, $"channel number {number} is above the negotiated channel_max ({channelMax})")
            : new ConnectionException(ReplyCode.ChannelError, "expected 'channel.open'");
    }

    public static ConnectionException NotOnOpenChannel(MethodId method) => Enum.IsDefined(method)
        ? new ConnectionException(ReplyCode.CommandInvalid, "unimplemented method")
        : Unknown(method);

    private static ConnectionException Unknown(MethodId method) =>
        new(ReplyCode.CommandInvalid, $"unknown method {method.MethodIndex()} of class {method.ClassId()}");
}
