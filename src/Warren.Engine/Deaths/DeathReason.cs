using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Why a message became a dead letter (https://www.rabbitmq.com/docs/dlx).</summary>
internal enum DeathReason
{
    /// <summary>A client rejected it without requeue.</summary>
    Rejected,

    /// <summary>Its time to live was over.</summary>
    Expired,

    /// <summary>The queue was full.</summary>
    MaxLength,

    /// <summary>It came back to a quorum queue too often.</summary>
    DeliveryLimit,
}

internal static class DeathReasons
{
    private static readonly ShortString Rejected = "rejected";
    private static readonly ShortString Expired = "expired";
    private static readonly ShortString MaxLength = "maxlen";
    private static readonly ShortString DeliveryLimit = "delivery_limit";

    /// <summary>The word in the headers.</summary>
    public static ShortString Word(this DeathReason reason) => reason switch
    {
        DeathReason.Rejected => Rejected,
        DeathReason.Expired => Expired,
        DeathReason.MaxLength => MaxLength,
        _ => DeliveryLimit,
    };
}
