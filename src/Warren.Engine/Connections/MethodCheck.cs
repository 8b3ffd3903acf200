using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a method gets that came where it has no place.</summary>
internal static class MethodCheck
{
    private const ushort ConnectionClass = 10;

    public static ConnectionException NotOnChannelZero(MethodId method)
    {
        if (!Enum.IsDefined(method))
            return Unknown(method);
        if (method == MethodId.ConnectionCloseOk)
            return new ConnectionException(ReplyCode.ChannelError, "'connection.close-ok' without 'connection.close'");
        return method.ClassId() == ConnectionClass
            ? new ConnectionException(ReplyCode.CommandInvalid, "unexpected method in connection state running")
            : new ConnectionException(ReplyCode.ChannelError, "channel 0 carries only methods of class connection");
    }

    public static ConnectionException NotOnUnopenedChannel(MethodId method, ushort number, int channelMax)
    {
        if (!Enum.IsDefined(method))
            return Unknown(method);
        return number > channelMax
            ? new ConnectionException(ReplyCode.NotAllowed, $"channel number {number} is above the negotiated channel_max ({channelMax})")
            : new ConnectionException(ReplyCode.ChannelError, "expected 'channel.open'");
    }

    public static ConnectionException NotOnOpenChannel(MethodId method)
    {
        if (!Enum.IsDefined(method))
            return Unknown(method);
        return method.ClassId() == ConnectionClass
            ? new ConnectionException(ReplyCode.ChannelError, "methods of class connection belong on channel 0")
            : new ConnectionException(ReplyCode.CommandInvalid, "a client does not send this method");
    }

    private static ConnectionException Unknown(MethodId method) =>
        new(ReplyCode.CommandInvalid, $"unknown method {method.MethodIndex()} of class {method.ClassId()}");
}
