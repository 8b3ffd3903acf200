using System.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>A request as it came, for handlers that want more than its value.</summary>
public sealed class Request
{
    internal Request(string queue, ReadOnlyMemory<byte> body, PropertiesView properties, bool redelivered, TimeSpan? timeLeft)
    {
        Queue = queue;
        Body = body;
        Properties = properties;
        Redelivered = redelivered;
        TimeLeft = timeLeft;
    }

    /// <summary>The queue it was taken from.</summary>
    public string Queue { get; }

    /// <summary>The body; it stays valid.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The properties, decoded when asked.</summary>
    public PropertiesView Properties { get; }

    /// <summary>True when it may have been handed to a server before.</summary>
    public bool Redelivered { get; }

    /// <summary>How long the caller waits yet; null when it set no limit.</summary>
    public TimeSpan? TimeLeft { get; }
}
