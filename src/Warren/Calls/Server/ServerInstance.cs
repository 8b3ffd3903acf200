using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// One server as others can speak to it alone: a queue of its own, bound by its service's name and by everybody's. It takes cancellations, credit for
/// streams, requests that go to all instances, and questions (ping, info, stats).
/// </summary>
internal sealed class ServerInstance(string service, RequestHandler handler, ServeOptions options, RequestRunner runner, TimeProvider time, ILogger log) : IDeliverySink
{
    private readonly InstanceReport _report = new(service, handler, options, runner, time);
    private ServerLink? _link; // Written by whoever attaches, one at a time.

    /// <summary>Sets the queue up on a connection, and returns its name.</summary>
    public async Task<string> AttachAsync(AmqpConnection connection, CancellationToken cancellationToken)
    {
        await CloseAsync().ConfigureAwait(false);
        var channel = await connection.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        await ContractTopology.DeclareControlAsync(channel, cancellationToken).ConfigureAwait(false);
        var queue = (await channel.DeclareQueueAsync(exclusive: true, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false)).Queue.ToString();
        await channel.BindQueueAsync(queue, ContractTopology.Control, service, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (handler.Contract is not null) // Safe calls have an address of their own, and are cancelled by it.
            await channel.BindQueueAsync(queue, ContractTopology.Control, service + SafeCalls.QueueSuffix, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.BindQueueAsync(queue, ContractTopology.Control, ContractTopology.Everyone, cancellationToken: cancellationToken).ConfigureAwait(false);
        channel.Returns = runner.ReplyReturned;
        _link = new ServerLink(runner, channel, new CallAddress(queue, isContract: false), queue, time, static () => { });
        await channel.ConsumeAsync(queue, this, new ConsumeOptions { NoAck = true, Exclusive = true }, cancellationToken).ConfigureAwait(false);
        return queue;
    }

    public async Task CloseAsync()
    {
        if (_link is { } link)
            await link.CloseAsync().ConfigureAwait(false);
    }

    void IDeliverySink.Deliver(in InboundDelivery delivery)
    {
        var word = ControlMessage.WordOf(delivery.Properties);
        switch (word)
        {
            case ControlMessage.CancelWord when RequestKey.TryRead(delivery.Properties, out var cancelled): runner.Cancel(cancelled); break;
            case ControlMessage.CreditWord when RequestKey.TryRead(delivery.Properties, out var granted): runner.Grant(granted, ControlMessage.CreditOf(delivery.Properties)); break;
            case ControlMessage.CallWord: Call(delivery); break;
            case InstanceReport.PingWord or InstanceReport.InfoWord or InstanceReport.StatsWord: Answer(delivery, word); break;
            default: Log.UnknownControl(log, service, word); break;
        }
    }

    void IDeliverySink.EndBatch() => runner.Schedule();

    void IDeliverySink.End(Exception? reason)
    {
    }

    private void Call(in InboundDelivery delivery)
    {
        delivery.Buffer?.Hold();
        runner.Enqueue(new ServerItem(_link!, delivery.DeliveryTag, ServerItem.NoPlace, delivery.Redelivered, delivery.Properties, delivery.Body, delivery.Buffer, Arrival.Now(time)));
    }

    private void Answer(in InboundDelivery delivery, string word)
    {
        if (delivery.Properties.ReplyTo.IsEmpty)
            return;
        try
        {
            _link!.Channel.Publish(
                new BasicPublish(default, delivery.Properties.ReplyTo, Mandatory: false),
                new ReplyProperties(ContentType.Json, delivery.Properties.CorrelationId),
                _report.ToJson(word));
        }
        catch (AmqpException)
        {
            // The connection is going.
        }
    }
}
