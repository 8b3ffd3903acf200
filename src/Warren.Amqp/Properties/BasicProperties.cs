namespace Warren.Amqp;

/// <summary>
/// The properties of a message to publish. What is null is not sent. Immutable, so one instance may serve many messages.
/// </summary>
public sealed record BasicProperties : IPropertiesWriter
{
    /// <summary>No property at all.</summary>
    public static BasicProperties Empty { get; } = new();

    /// <summary>Only delivery-mode 2: the message survives a restart of the broker in a durable queue.</summary>
    public static BasicProperties Persistent { get; } = new() { DeliveryMode = 2 };

    /// <summary>MIME type of the body.</summary>
    public ShortString? ContentType { get; init; }

    /// <summary>MIME encoding of the body.</summary>
    public ShortString? ContentEncoding { get; init; }

    /// <summary>The application's headers.</summary>
    public FieldTable? Headers { get; init; }

    /// <summary>1 transient, 2 persistent.</summary>
    public byte? DeliveryMode { get; init; }

    /// <summary>0 to 255; meaningful in queues with <c>x-max-priority</c>.</summary>
    public byte? Priority { get; init; }

    /// <summary>Matches a reply with its request.</summary>
    public ShortString? CorrelationId { get; init; }

    /// <summary>Where the reply should go.</summary>
    public ShortString? ReplyTo { get; init; }

    /// <summary>Time to live in milliseconds, as decimal text.</summary>
    public ShortString? Expiration { get; init; }

    /// <summary>The application's id of the message.</summary>
    public ShortString? MessageId { get; init; }

    /// <summary>A moment, sent in whole seconds; not before 1970.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The application's name for the kind of message.</summary>
    public ShortString? Type { get; init; }

    /// <summary>The publishing user; a broker refuses any other than the connection's own.</summary>
    public ShortString? UserId { get; init; }

    /// <summary>The publishing application.</summary>
    public ShortString? AppId { get; init; }

    /// <summary>Reserved by the specification; passed on.</summary>
    public ShortString? ClusterId { get; init; }

    /// <inheritdoc/>
    public int EncodedLength =>
        2 + Length(ContentType) + Length(ContentEncoding) + (Headers is { } headers ? 4 + headers.Length : 0)
        + (DeliveryMode.HasValue ? 1 : 0) + (Priority.HasValue ? 1 : 0) + Length(CorrelationId) + Length(ReplyTo) + Length(Expiration)
        + Length(MessageId) + (Timestamp.HasValue ? 8 : 0) + Length(Type) + Length(UserId) + Length(AppId) + Length(ClusterId);

    private PropertyFlags Flags =>
        Flag(ContentType, PropertyFlags.ContentType) | Flag(ContentEncoding, PropertyFlags.ContentEncoding)
        | Flag(Headers, PropertyFlags.Headers) | Flag(DeliveryMode, PropertyFlags.DeliveryMode) | Flag(Priority, PropertyFlags.Priority)
        | Flag(CorrelationId, PropertyFlags.CorrelationId) | Flag(ReplyTo, PropertyFlags.ReplyTo) | Flag(Expiration, PropertyFlags.Expiration)
        | Flag(MessageId, PropertyFlags.MessageId) | Flag(Timestamp, PropertyFlags.Timestamp) | Flag(Type, PropertyFlags.Type)
        | Flag(UserId, PropertyFlags.UserId) | Flag(AppId, PropertyFlags.AppId) | Flag(ClusterId, PropertyFlags.ClusterId);

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteShort((ushort)Flags);
        WriteString(ref writer, ContentType);
        WriteString(ref writer, ContentEncoding);
        if (Headers is { } headers)
            writer.WriteTable(headers);
        if (DeliveryMode is { } deliveryMode)
            writer.WriteOctet(deliveryMode);
        if (Priority is { } priority)
            writer.WriteOctet(priority);
        WriteString(ref writer, CorrelationId);
        WriteString(ref writer, ReplyTo);
        WriteString(ref writer, Expiration);
        WriteString(ref writer, MessageId);
        if (Timestamp is { } timestamp)
            writer.WriteLongLong((ulong)Math.Max(0, timestamp.ToUnixTimeSeconds()));
        WriteString(ref writer, Type);
        WriteString(ref writer, UserId);
        WriteString(ref writer, AppId);
        WriteString(ref writer, ClusterId);
    }

    internal static BasicProperties From(PropertiesView view) => new()
    {
        ContentType = Owned(view, PropertyFlags.ContentType, view.ContentType),
        ContentEncoding = Owned(view, PropertyFlags.ContentEncoding, view.ContentEncoding),
        Headers = view.Has(PropertyFlags.Headers) ? view.Headers.ToOwned() : null,
        DeliveryMode = view.Has(PropertyFlags.DeliveryMode) ? view.DeliveryMode : null,
        Priority = view.Has(PropertyFlags.Priority) ? view.Priority : null,
        CorrelationId = Owned(view, PropertyFlags.CorrelationId, view.CorrelationId),
        ReplyTo = Owned(view, PropertyFlags.ReplyTo, view.ReplyTo),
        Expiration = Owned(view, PropertyFlags.Expiration, view.Expiration),
        MessageId = Owned(view, PropertyFlags.MessageId, view.MessageId),
        Timestamp = view.Has(PropertyFlags.Timestamp) && view.TimestampSeconds <= WireTime.MaxSeconds
            ? DateTimeOffset.FromUnixTimeSeconds((long)view.TimestampSeconds)
            : null,
        Type = Owned(view, PropertyFlags.Type, view.Type),
        UserId = Owned(view, PropertyFlags.UserId, view.UserId),
        AppId = Owned(view, PropertyFlags.AppId, view.AppId),
        ClusterId = Owned(view, PropertyFlags.ClusterId, view.ClusterId),
    };

    private static ShortString? Owned(PropertiesView view, PropertyFlags property, ShortString value) =>
        view.Has(property) ? value.ToOwned() : default(ShortString?);

    private static PropertyFlags Flag<T>(T? value, PropertyFlags flag)
        where T : struct => value.HasValue ? flag : PropertyFlags.None;

    private static int Length(ShortString? value) => value is { } text ? 1 + text.Length : 0;

    private static void WriteString(ref WireWriter writer, ShortString? value)
    {
        if (value is { } text)
            writer.WriteShortString(text);
    }
}
