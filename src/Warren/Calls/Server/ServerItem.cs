using System.Text;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>A request, the channel it came by and its place among the unacknowledged. Properties and body are views of the buffer, which is held.</summary>
internal readonly record struct ServerItem(
    ServerLink Link, ulong DeliveryTag, int Place, bool Redelivered, PropertiesView Properties, ReadOnlyMemory<byte> Body, ReceiveBuffer? Buffer, Arrival Arrival)
{
    /// <summary>A place that means: it came to all instances, and is not acknowledged.</summary>
    public const int NoPlace = -1;

    private const byte Persistent = 2;

    public ReceivedBody Content => new(Body, Properties.ContentType);

    public bool HasReplyAddress => Properties.ReplyTo is { IsEmpty: false };

    /// <summary>True when the caller is one of ours: it gives every request a limit.</summary>
    public bool IsFromWarren => Properties.Has(PropertyFlags.Headers) && Properties.Headers.TryGet(RpcHeaders.TimeoutMs, out _);

    /// <summary>True when the caller has asked for more than a try: persistent, and with an id to be known by.</summary>
    public bool IsSafe => Properties.Has(PropertyFlags.MessageId) && Properties.DeliveryMode == Persistent && IsFromWarren;

    /// <summary>True when another copy of it may have run: it was given to a server before, or its caller has sent it again under the same id.</summary>
    public bool MayHaveRun => Redelivered || (IsSafe && Attempt > 1);

    public int Attempt =>
        Properties.Has(PropertyFlags.Headers) && Properties.Headers.TryGet(RpcHeaders.Attempt, out var value) && value.TryGetInteger(out var attempt) ? (int)Math.Clamp(attempt, 1, int.MaxValue) : 1;

    /// <summary>How many items of a stream the caller takes before it asks for more.</summary>
    public int Credit =>
        Properties.Has(PropertyFlags.Headers) && Properties.Headers.TryGet(RpcHeaders.Credit, out var value) && value.TryGetInteger(out var credit) ? (int)Math.Clamp(credit, 0, int.MaxValue) : 0;

    /// <summary>The call's id for the handler: the message id, or what is as unique.</summary>
    public string CallId => Properties.Has(PropertyFlags.MessageId) ? Encoding.UTF8.GetString(Properties.MessageId.Span) : Encoding.UTF8.GetString(CallIdOctets());

    /// <summary>The same in UTF-8, a copy.</summary>
    public byte[] CallIdOctets()
    {
        if (Properties.Has(PropertyFlags.MessageId))
            return Properties.MessageId.Span.ToArray();
        return HasReplyAddress ? [.. Properties.ReplyTo.Span, (byte)'/', .. Properties.CorrelationId.Span] : [];
    }

    /// <summary>How much of its caller's time is left at this timestamp of the clock.</summary>
    public Budget BudgetAt(long now, TimeProvider time) => Budget.Read(Properties, Arrival.UnixMs, (long)time.GetElapsedTime(Arrival.Timestamp, now).TotalMilliseconds);

    /// <summary>A handler that awaits must not hold a whole receive buffer; for the reply only the properties are needed.</summary>
    public ServerItem ToOwned(bool withBody)
    {
        var owned = this with { Properties = Properties.ToOwned(), Body = withBody ? Body.ToArray() : default, Buffer = null };
        Buffer?.Release();
        return owned;
    }
}

/// <summary>When a read batch came: a timestamp, for what waits from then on, and the wall clock, for comparing it with a caller's.</summary>
internal readonly record struct Arrival(long Timestamp, long UnixMs)
{
    public static Arrival Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow().ToUnixTimeMilliseconds());
}
