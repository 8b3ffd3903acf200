namespace Warren.Amqp;

/// <summary>Reply codes of AMQP 0-9-1 section 1.2, and how RabbitMQ spells their names in reply texts.</summary>
public enum ReplyCode : ushort
{
    /// <summary>No code.</summary>
    None = 0,

    /// <summary>The normal end of a connection or channel.</summary>
    ReplySuccess = 200,

    /// <summary>The body is larger than the server takes.</summary>
    ContentTooLarge = 311,

    /// <summary>A mandatory message reached no queue.</summary>
    NoRoute = 312,

    /// <summary>An immediate message reached no consumer.</summary>
    NoConsumers = 313,

    /// <summary>An operator or the server itself ended the connection.</summary>
    ConnectionForced = 320,

    /// <summary>The virtual host's name is not valid.</summary>
    InvalidPath = 402,

    /// <summary>The user may not do this.</summary>
    AccessRefused = 403,

    /// <summary>The queue or exchange does not exist.</summary>
    NotFound = 404,

    /// <summary>The queue is exclusive to another connection.</summary>
    ResourceLocked = 405,

    /// <summary>The request contradicts what exists.</summary>
    PreconditionFailed = 406,

    /// <summary>A frame could not be decoded.</summary>
    FrameError = 501,

    /// <summary>A frame holds an illegal value.</summary>
    SyntaxError = 502,

    /// <summary>The method is not valid here.</summary>
    CommandInvalid = 503,

    /// <summary>The channel was not opened, or was opened twice.</summary>
    ChannelError = 504,

    /// <summary>A frame that was not expected, usually in the middle of content.</summary>
    UnexpectedFrame = 505,

    /// <summary>The peer ran out of something.</summary>
    ResourceError = 506,

    /// <summary>The peer works with this in a way that is not allowed.</summary>
    NotAllowed = 530,

    /// <summary>The feature does not exist in this server.</summary>
    NotImplemented = 540,

    /// <summary>The server failed.</summary>
    InternalError = 541,
}

/// <summary>What a reply code is called and what it closes.</summary>
public static class ReplyCodes
{
    /// <summary>The name RabbitMQ puts before a reply text, such as <c>NOT_FOUND</c>.</summary>
    public static string Name(this ReplyCode code) => code switch
    {
        ReplyCode.ReplySuccess => "OK",
        ReplyCode.ContentTooLarge => "CONTENT_TOO_LARGE",
        ReplyCode.NoRoute => "NO_ROUTE",
        ReplyCode.NoConsumers => "NO_CONSUMERS",
        ReplyCode.ConnectionForced => "CONNECTION_FORCED",
        ReplyCode.InvalidPath => "INVALID_PATH",
        ReplyCode.AccessRefused => "ACCESS_REFUSED",
        ReplyCode.NotFound => "NOT_FOUND",
        ReplyCode.ResourceLocked => "RESOURCE_LOCKED",
        ReplyCode.PreconditionFailed => "PRECONDITION_FAILED",
        ReplyCode.FrameError => "FRAME_ERROR",
        ReplyCode.SyntaxError => "SYNTAX_ERROR",
        ReplyCode.CommandInvalid => "COMMAND_INVALID",
        ReplyCode.ChannelError => "CHANNEL_ERROR",
        ReplyCode.UnexpectedFrame => "UNEXPECTED_FRAME",
        ReplyCode.ResourceError => "RESOURCE_ERROR",
        ReplyCode.NotAllowed => "NOT_ALLOWED",
        ReplyCode.NotImplemented => "NOT_IMPLEMENTED",
        ReplyCode.InternalError => "INTERNAL_ERROR",
        _ => "ERROR",
    };

    /// <summary>
    /// The reply text as RabbitMQ words it: <c>NOT_FOUND - no queue 'q' in vhost '/'</c>, at most 255 octets of valid UTF-8,
    /// cut with <c>...</c> when longer.
    /// </summary>
    public static ShortString ReplyText(this ReplyCode code, string explanation) =>
        ShortString.Truncate(explanation.Length == 0 ? code.Name() : $"{code.Name()} - {explanation}");
}
