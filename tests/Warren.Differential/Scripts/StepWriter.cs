using Warren.Amqp;

namespace Warren.Differential;

/// <summary>A step as the frames that a client sends.</summary>
internal static class StepWriter
{
    public const int FrameMax = 131072;

    /// <summary>A channel number that no script opens.</summary>
    public const ushort UnopenedChannel = 77;

    /// <param name="step">What to send.</param>
    /// <param name="names">What names are on this broker's wire.</param>
    /// <param name="delivery">The delivery tag of an ack, nack or reject.</param>
    /// <param name="to">Where the frames go.</param>
    public static void Write(Step step, Names names, ulong delivery, FrameBuffer to)
    {
        var a = new StepArguments(step, names);
        var channel = step.Channel;
        switch (step.Method)
        {
            case "channel.open": to.WriteMethod(channel, default(ChannelOpen)); break;
            case "channel.close": to.WriteMethod(channel, new ChannelClose(200, "OK")); break;
            case "channel.flow": to.WriteMethod(channel, new ChannelFlow(a.Bit("active"))); break;
            case "connection.close": to.WriteMethod(0, new ConnectionClose(200, "OK")); break;

            case "exchange.declare":
                to.WriteMethod(channel, new ExchangeDeclare(
                    a.Text("exchange"), a.Text("type"), a.Bit("passive"), a.Bit("durable"), a.Bit("auto-delete"), a.Bit("internal"), a.Bit("nowait"), a.Table("arg.")));
                break;
            case "exchange.delete": to.WriteMethod(channel, new ExchangeDelete(a.Text("exchange"), a.Bit("if-unused"), a.Bit("nowait"))); break;
            case "exchange.bind":
                to.WriteMethod(channel, new ExchangeBind(a.Text("destination"), a.Text("source"), a.Text("key"), a.Bit("nowait"), a.Table("arg.")));
                break;
            case "exchange.unbind":
                to.WriteMethod(channel, new ExchangeUnbind(a.Text("destination"), a.Text("source"), a.Text("key"), a.Bit("nowait"), a.Table("arg.")));
                break;

            case "queue.declare":
                to.WriteMethod(channel, new QueueDeclare(
                    a.Text("queue"), a.Bit("passive"), a.Bit("durable"), a.Bit("exclusive"), a.Bit("auto-delete"), a.Bit("nowait"), a.Table("arg.")));
                break;
            case "queue.bind": to.WriteMethod(channel, new QueueBind(a.Text("queue"), a.Text("exchange"), a.Text("key"), a.Bit("nowait"), a.Table("arg."))); break;
            case "queue.unbind": to.WriteMethod(channel, new QueueUnbind(a.Text("queue"), a.Text("exchange"), a.Text("key"), a.Table("arg."))); break;
            case "queue.purge": to.WriteMethod(channel, new QueuePurge(a.Text("queue"), a.Bit("nowait"))); break;
            case "queue.delete": to.WriteMethod(channel, new QueueDelete(a.Text("queue"), a.Bit("if-unused"), a.Bit("if-empty"), a.Bit("nowait"))); break;

            case "basic.qos": to.WriteMethod(channel, new BasicQos((uint)a.Number("size"), (ushort)a.Number("count"), a.Bit("global"))); break;
            case "basic.consume":
                to.WriteMethod(channel, new BasicConsume(
                    a.Text("queue"), a.Text("consumer"), a.Bit("no-local"), a.Bit("no-ack"), a.Bit("exclusive"), a.Bit("nowait"), a.Table("arg.")));
                break;
            case "basic.cancel": to.WriteMethod(channel, new BasicCancel(a.Text("consumer"), a.Bit("nowait"))); break;
            case "basic.publish":
                to.WriteContent(
                    channel, new BasicPublish(a.Text("exchange"), a.Text("key"), a.Bit("mandatory"), a.Bit("immediate")), a.Properties(), a.Body(), FrameMax);
                break;
            case "basic.get": to.WriteMethod(channel, new BasicGet(a.Text("queue"), a.Bit("no-ack"))); break;
            case "basic.ack": to.WriteMethod(channel, new BasicAck(delivery, a.Bit("multiple"))); break;
            case "basic.nack": to.WriteMethod(channel, new BasicNack(delivery, a.Bit("multiple"), a.Bit("requeue"))); break;
            case "basic.reject": to.WriteMethod(channel, new BasicReject(delivery, a.Bit("requeue"))); break;
            case "basic.recover": to.WriteMethod(channel, new BasicRecover(a.Bit("requeue"))); break;
            case "basic.recover-async": to.WriteMethod(channel, new BasicRecoverAsync(a.Bit("requeue"))); break;

            case "confirm.select": to.WriteMethod(channel, new ConfirmSelect(a.Bit("nowait"))); break;
            case "tx.select": to.WriteMethod(channel, default(TxSelect)); break;
            case "tx.commit": to.WriteMethod(channel, default(TxCommit)); break;
            case "tx.rollback": to.WriteMethod(channel, default(TxRollback)); break;

            case "unopened": Write(step with { Method = step.Find("method")!, Channel = UnopenedChannel }, names, delivery, to); break;
            case "frame": WriteFrame(to, (byte)a.Number("type"), channel, Convert.FromHexString(step.Find("payload") ?? "")); break;
            case "drop": break; // The socket's, not a frame.
            default: throw new FormatException($"'{step}': no such method.");
        }
    }

    private static void WriteFrame(FrameBuffer to, byte type, ushort channel, byte[] payload) =>
        to.WriteRaw([type, (byte)(channel >> 8), (byte)channel, 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload, Frame.End]);
}
