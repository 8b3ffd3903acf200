using Warren.Amqp;

namespace Warren;

/// <summary>What a Safe call needs to be sent, and to be sent again.</summary>
internal sealed class SafeRequest(in Payload arguments, CallOptions options)
{
    public ReadOnlyMemory<byte> Body { get; } = arguments.ToOctets();

    public ContentType? ContentType { get; } = arguments.ContentType;

    /// <summary>The same each time it is sent; empty until the call has an id.</summary>
    public ShortString MessageId { get; set; } = options.MessageId ?? "";

    /// <summary>Of the next copy, from 1.</summary>
    public int Attempt { get; set; } = options.Attempt;
}
