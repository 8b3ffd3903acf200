using System.Buffers.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>A request's properties, written straight into the frame. Few on purpose: a broker spends time on every one.</summary>
internal readonly struct RequestProperties(ContentType contentType, CorrelationId id, ShortString replyTo, int timeoutMs, long sentAtMs, int attempt) : IPropertiesWriter
{
    public int EncodedLength =>
        2 + (contentType == ContentType.None ? 0 : 1 + contentType.Name().Length) + 4 + HeadersLength + 1 + CorrelationId.Length + 1 + replyTo.Length + 1 + Digits(timeoutMs);

    private int HeadersLength =>
        RpcHeaders.EncodedTimeoutMs.Length + 4 + RpcHeaders.EncodedSentAt.Length + 8 + (attempt > 1 ? RpcHeaders.EncodedAttempt.Length + 4 : 0);

    public void Write(ref WireWriter writer)
    {
        var flags = PropertyFlags.Headers | PropertyFlags.CorrelationId | PropertyFlags.ReplyTo | PropertyFlags.Expiration;
        if (contentType == ContentType.None)
            writer.WriteShort((ushort)flags);
        else
        {
            writer.WriteShort((ushort)(flags | PropertyFlags.ContentType));
            writer.WriteShortString(contentType.Name());
        }
        WriteHeaders(ref writer);
        Span<byte> text = stackalloc byte[CorrelationId.Length];
        id.Write(text);
        writer.WriteShortString(text);
        writer.WriteShortString(replyTo);
        Utf8Formatter.TryFormat(timeoutMs, text, out var digits);
        writer.WriteShortString(text[..digits]);
    }

    private void WriteHeaders(ref WireWriter writer)
    {
        writer.WriteLong((uint)HeadersLength);
        writer.WriteOctets(RpcHeaders.EncodedTimeoutMs);
        writer.WriteLong((uint)timeoutMs);
        writer.WriteOctets(RpcHeaders.EncodedSentAt);
        writer.WriteLongLong((ulong)sentAtMs);
        if (attempt <= 1) // The first attempt is what a missing header means.
            return;
        writer.WriteOctets(RpcHeaders.EncodedAttempt);
        writer.WriteLong((uint)attempt);
    }

    private static int Digits(int number)
    {
        var digits = 1;
        while ((number /= 10) != 0)
            digits++;
        return digits;
    }
}
