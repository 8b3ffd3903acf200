using Warren.Amqp;

namespace Warren.Client;

/// <summary>Channel 0 from connection.start to open-ok (AMQP 0-9-1 section 2.2.4), on the receiving thread.</summary>
internal sealed class ClientHandshake(ConnectionOptions options)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with open-ok, faults when the broker refuses or is gone.</summary>
    public Task Completion => _completion.Task;

    public FieldTable ServerProperties { get; private set; }

    public int FrameMax { get; private set; } = Frame.MinMaxSize * 2;

    public int ChannelMax { get; private set; } = 1;

    public TimeSpan Heartbeat { get; private set; }

    public void Receive(MethodId id, ReadOnlyMemory<byte> payload, AmqpConnection connection)
    {
        switch (id)
        {
            case MethodId.ConnectionStart:
                Answer(MethodPayload.Read<ConnectionStart>(payload), connection);
                break;
            case MethodId.ConnectionTune:
                Settle(MethodPayload.Read<ConnectionTune>(payload), connection);
                break;
            case MethodId.ConnectionOpenOk:
                _completion.TrySetResult();
                break;
            default:
                throw new ProtocolException(ReplyCode.CommandInvalid, $"{id} was not expected");
        }
    }

    public void Fail(Exception reason) => _completion.TrySetException(reason);

    private void Answer(in ConnectionStart start, AmqpConnection connection)
    {
        ServerProperties = start.ServerProperties.ToOwned();
        var (mechanism, response) = options.LoginMechanism == LoginMechanism.External ? ("EXTERNAL", "") : ("PLAIN", $"\0{options.UserName}\0{options.Password}");
        if (!start.Mechanisms.ToString().Split(' ').Contains(mechanism))
            throw new ProtocolException(ReplyCode.NotImplemented, $"the broker offers {start.Mechanisms}, this client is to log in with {mechanism}");
        connection.Send(0, new ConnectionStartOk(ClientProperties(), mechanism, response, "en_US"));
    }

    private void Settle(in ConnectionTune tune, AmqpConnection connection)
    {
        ChannelMax = Lower(tune.ChannelMax, options.ChannelMax);
        FrameMax = Math.Max(Frame.MinMaxSize, Lower(checked((int)Math.Min(tune.FrameMax, int.MaxValue)), options.FrameMax));
        // As every client does: when one side wants none the other's wish counts, else the lower one.
        var heartbeat = Lower(tune.Heartbeat, (int)options.Heartbeat.TotalSeconds);
        Heartbeat = options.Heartbeat == TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromSeconds(heartbeat);
        connection.Send(0, new ConnectionTuneOk((ushort)ChannelMax, (uint)FrameMax, (ushort)Heartbeat.TotalSeconds));
        connection.Send(0, new ConnectionOpen(options.VirtualHost));
    }

    private static int Lower(int one, int other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);

    private FieldTable ClientProperties()
    {
        var builder = new FieldTableBuilder()
            .Add("product", "Warren")
            .Add("version", typeof(ClientHandshake).Assembly.GetName().Version?.ToString(3))
            .Add("platform", $".NET {Environment.Version}")
            .Add("connection_name", options.ConnectionName)
            .Add("capabilities", FieldTable.Create(
                ("publisher_confirms", true),
                ("exchange_exchange_bindings", true),
                ("basic.nack", true),
                ("consumer_cancel_notify", true),
                ("connection.blocked", true),
                ("authentication_failure_close", true)));
        foreach (var field in options.ClientProperties)
            builder.Add(field.Name, field.Value);
        return builder.ToTable();
    }
}

/// <summary>What a close method blames.</summary>
internal static class CloseMethods
{
    public static MethodId Cause(this in ConnectionClose close) => (MethodId)(((uint)close.FaultClassId << 16) | close.FaultMethodId);

    public static MethodId Cause(this in ChannelClose close) => (MethodId)(((uint)close.FaultClassId << 16) | close.FaultMethodId);
}
