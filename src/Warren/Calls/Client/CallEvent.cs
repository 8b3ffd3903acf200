using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>Something that ends a call, on its way from the reading thread or the clock to a runner.</summary>
internal readonly struct CallEvent
{
    /// <summary>A reply, to be matched by its correlation id; views of the buffer, which is held.</summary>
    public CallEvent(PropertiesView properties, ReadOnlyMemory<byte> body, ReceiveBuffer? buffer)
    {
        Properties = properties;
        Body = body;
        Buffer = buffer;
    }

    /// <summary>A call that was taken out of the table already, and why; null when it ended well, without a reply.</summary>
    public CallEvent(IPendingCall ended, Exception? reason)
    {
        Ended = ended;
        Reason = reason;
    }

    public PropertiesView Properties { get; }

    public ReadOnlyMemory<byte> Body { get; }

    public ReceivedBody Content => new(Body, Properties.ContentType);

    public ReceiveBuffer? Buffer { get; }

    public IPendingCall? Ended { get; }

    public Exception? Reason { get; }
}
