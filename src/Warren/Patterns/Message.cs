using System.Text;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A message as it came, for handlers that want more than its value. It owns its octets.</summary>
public sealed class Message
{
    private readonly Delivery _delivery;

    internal Message(Delivery delivery)
    {
        _delivery = delivery;
    }

    /// <summary>The exchange it was published to; empty for a message sent to a queue.</summary>
    public string Exchange => _delivery.Exchange;

    /// <summary>The routing key it was published with.</summary>
    public string RoutingKey => _delivery.RoutingKey.ToString();

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body => _delivery.Body;

    internal ReceivedBody Content => new(Body, Properties.ContentType);

    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The properties, decoded when asked.</summary>
    public PropertiesView Properties => _delivery.Properties;

    /// <summary>True when it may have been handed to somebody before.</summary>
    public bool Redelivered => _delivery.Redelivered;
}
