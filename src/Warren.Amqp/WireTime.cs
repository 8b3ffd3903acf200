namespace Warren.Amqp;

/// <summary>AMQP's timestamps: whole seconds since 1970 in 64 bits (AMQP 0-9-1 section 4.2.5.4).</summary>
internal static class WireTime
{
    /// <summary>The last second of the year 9999, where <see cref="DateTimeOffset"/> ends.</summary>
    public const ulong MaxSeconds = 253_402_300_799;
}
