using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// The firehose (https://www.rabbitmq.com/docs/firehose): a copy of each message that is published and of each that is delivered goes to the exchange
/// amq.rabbitmq.trace, at the end of the step. Those copies are not traced themselves. A virtual host that is not traced has no tracer.
/// </summary>
internal sealed class Tracer(VirtualHost host)
{
    private readonly Queue<Message> _tapped = new();
    private readonly List<ShortString> _copies = [];

    private static ReadOnlySpan<byte> TraceExchange => "amq.rabbitmq.trace"u8;

    /// <summary>A message was routed to these queues.</summary>
    public void Published(Channel channel, Message message, ReadOnlySpan<Queue> queues)
    {
        if (!IsListenedTo(message))
            return;
        var names = new List<object?>();
        foreach (var queue in queues)
            names.Add(queue.Name);
        var headers = Describe(message, channel).Add("routed_queues", names);
        Tap("publish."u8, message.ExchangeSpan, message, headers);
    }

    /// <summary>A message was delivered from this queue.</summary>
    public void Delivered(Channel channel, Queue queue, Message message, bool redelivered)
    {
        if (!IsListenedTo(message))
            return;
        var headers = Describe(message, channel).Add("redelivered", redelivered ? 1 : 0);
        Tap("deliver."u8, queue.Name.Span, message, headers);
    }

    public void Run()
    {
        while (_tapped.TryDequeue(out var message))
        {
            if (host.Exchanges.Find(TraceExchange) is { } exchange && host.Routes.Find(exchange, message))
            {
                foreach (var queue in host.Routes.Queues)
                    queue.Publish(message);
            }
            message.Release();
        }
    }

    private bool IsListenedTo(Message message) =>
        !message.ExchangeSpan.SequenceEqual(TraceExchange) && host.Exchanges.Find(TraceExchange) is { Outgoing.Count: > 0 };

    private FieldTableBuilder Describe(Message message, Channel channel)
    {
        _copies.Clear();
        if (message is { MayHaveCopies: true, IsRoutedByKeyOnly: false })
            CarbonCopies.Collect(_copies, message);
        var keys = new List<object?> { message.RoutingKey };
        foreach (var copy in _copies)
            keys.Add(copy);
        return new FieldTableBuilder()
            .Add("exchange_name", message.Exchange)
            .Add("routing_keys", keys)
            .Add("properties", TracedProperties.Of(message.Properties))
            .Add("node", host.Options.NodeName)
            .Add("vhost", host.Options.VirtualHost)
            .Add("connection", channel.Connection.Settings.Name)
            .Add("channel", channel.Number)
            .Add("user", channel.Connection.Settings.User);
    }

    private void Tap(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name, Message old, FieldTableBuilder headers)
    {
        Span<byte> address = stackalloc byte[TraceExchange.Length + ShortString.MaxLength];
        TraceExchange.CopyTo(address);
        var key = address[TraceExchange.Length..];
        prefix.CopyTo(key);
        name = name[..Math.Min(name.Length, ShortString.MaxLength - prefix.Length)];
        name.CopyTo(key[prefix.Length..]);
        address = address[..(TraceExchange.Length + prefix.Length + name.Length)];
        var properties = PropertiesRewrite.WithHeaders(default, headers.ToTable()).Octets.Span;
        var message = host.Messages.Rent(address.Length + properties.Length + old.BodyLength);
        message.Begin(address, TraceExchange.Length, default, properties, PropertyFlags.Headers);
        message.Append(old.Body);
        _tapped.Enqueue(message);
        host.HasLeftovers = true;
    }
}
