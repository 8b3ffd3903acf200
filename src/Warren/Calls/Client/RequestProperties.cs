using System.Buffers.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>A request's properties, written straight into the frame. Few on purpose: a broker spends time on every one.</summary>
internal readonly struct RequestProperties(ContentType? contentType, CorrelationId id, ShortString replyTo, int timeoutMs, long sentAtMs) : IPropertiesWriter
{
    private const byte Persistent = 2;
    private const int NoticeMs = 25;

    /// <summary>
    /// When the broker drops the request; the timeout, or a moment less: what the broker then says of it should be there before the caller's clock, which
    /// cannot know as much.
    /// </summary>
    private int ExpirationMs => OnlyIfFree ? 0 : WantsNotice ? timeoutMs - Math.Min(NoticeMs, timeoutMs / 10) : timeoutMs;

    /// <summary>Which time the request is sent, from 1; the first is what a missing header means.</summary>
    public int Attempt { get; init; }

    /// <summary>The method of a contract; empty for a queue address.</summary>
    public ShortString Method { get; init; }

    /// <summary>True when the caller wants the request back if the broker drops it: it names its own queue as a hidden copy's.</summary>
    public bool WantsNotice { get; init; }

    /// <summary>True when the broker drops the request unless a server can take it at once.</summary>
    public bool OnlyIfFree { get; init; }

    /// <summary>How many items of a stream may come before more are asked for; 0 when the reply is no stream.</summary>
    public int Credit { get; init; }

    /// <summary>The id under which servers remember the reply. Not empty makes the request persistent.</summary>
    public ShortString MessageId { get; init; }

    /// <summary>The caller's trace, or null.</summary>
    public TraceHeaders? Trace { get; init; }

    public int EncodedLength =>
        2
        + (contentType is null ? 0 : 1 + contentType.Octets.Length)
        + 4 + HeadersLength
        + (MessageId.IsEmpty ? 0 : 1 + 1 + MessageId.Length)
        + (HasReply ? 1 + CorrelationId.Length + 1 + replyTo.Length : 0)
        + 1 + Digits(ExpirationMs);

    private bool HasReply => !replyTo.IsEmpty; // A one-way message has none.

    private int HeadersLength =>
        RpcHeaders.EncodedTimeoutMs.Length + 4
        + RpcHeaders.EncodedSentAt.Length + 8
        + (Attempt > 1 ? RpcHeaders.EncodedAttempt.Length + 4 : 0)
        + (Method.IsEmpty ? 0 : RpcHeaders.EncodedMethod.Length + 4 + Method.Length)
        + (Credit == 0 ? 0 : RpcHeaders.EncodedCredit.Length + 4)
        + (WantsNotice ? RpcHeaders.EncodedHiddenCopies.Length + 4 + 1 + 4 + replyTo.Length : 0)
        + (Trace?.EncodedLength ?? 0);

    public void Write(ref WireWriter writer)
    {
        var flags = PropertyFlags.Headers | PropertyFlags.Expiration
            | (contentType is null ? PropertyFlags.None : PropertyFlags.ContentType)
            | (HasReply ? PropertyFlags.CorrelationId | PropertyFlags.ReplyTo : PropertyFlags.None)
            | (MessageId.IsEmpty ? PropertyFlags.None : PropertyFlags.DeliveryMode | PropertyFlags.MessageId);
        writer.WriteShort((ushort)flags);
        if (contentType is not null)
            writer.WriteShortString(contentType.Octets);
        WriteHeaders(ref writer);
        if (!MessageId.IsEmpty)
            writer.WriteOctet(Persistent);
        Span<byte> text = stackalloc byte[CorrelationId.Length];
        if (HasReply)
        {
            id.Write(text);
            writer.WriteShortString(text);
            writer.WriteShortString(replyTo);
        }
        Utf8Formatter.TryFormat(ExpirationMs, text, out var digits);
        writer.WriteShortString(text[..digits]);
        if (!MessageId.IsEmpty)
            writer.WriteShortString(MessageId);
    }

    private void WriteHeaders(ref WireWriter writer)
    {
        writer.WriteLong((uint)HeadersLength);
        writer.WriteOctets(RpcHeaders.EncodedTimeoutMs);
        writer.WriteLong((uint)timeoutMs);
        writer.WriteOctets(RpcHeaders.EncodedSentAt);
        writer.WriteLongLong((ulong)sentAtMs);
        if (Attempt > 1)
        {
            writer.WriteOctets(RpcHeaders.EncodedAttempt);
            writer.WriteLong((uint)Attempt);
        }
        if (!Method.IsEmpty)
        {
            writer.WriteOctets(RpcHeaders.EncodedMethod);
            WriteText(ref writer, Method);
        }
        if (Credit != 0)
        {
            writer.WriteOctets(RpcHeaders.EncodedCredit);
            writer.WriteLong((uint)Credit);
        }
        if (WantsNotice)
        {
            writer.WriteOctets(RpcHeaders.EncodedHiddenCopies);
            writer.WriteLong((uint)(1 + 4 + replyTo.Length));
            writer.WriteOctet((byte)FieldType.LongString);
            WriteText(ref writer, replyTo);
        }
        Trace?.Write(ref writer);
    }

    private static void WriteText(ref WireWriter writer, ShortString text)
    {
        writer.WriteLong((uint)text.Length);
        writer.WriteOctets(text.Span);
    }

    private static int Digits(int number)
    {
        var digits = 1;
        while ((number /= 10) != 0)
            digits++;
        return digits;
    }
}
