using System.Buffers;
using System.Buffers.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The rules for names of queues and exchanges, and the names that the broker makes itself.</summary>
internal static class EntityName
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    public static ReadOnlySpan<byte> ReservedPrefix => "amq."u8;

    /// <summary>Refuses octets that are not UTF-8 and drops CR and LF, as RabbitMQ does. The result may be a view of the frame.</summary>
    public static ShortString Read(ShortString name)
    {
        if (!name.IsUtf8)
            throw new ConnectionException(ReplyCode.FrameError, "Malformed UTF-8 in shortstr");
        return name.Span.ContainsAny(LineEnds) ? Strip(name.Span) : name;
    }

    public static bool IsReserved(ShortString name) => name.Span.StartsWith(ReservedPrefix);

    /// <summary>A name nobody can guess: the prefix and 22 characters of URL-safe base64, 128 bits.</summary>
    public static ShortString Generate(ReadOnlySpan<byte> prefix, IEntropy entropy)
    {
        Span<byte> octets = stackalloc byte[16];
        entropy.Fill(octets);
        var name = new byte[prefix.Length + 22];
        prefix.CopyTo(name);
        Base64Url.EncodeToUtf8(octets, name.AsSpan(prefix.Length));
        return new ShortString(name);
    }

    private static ShortString Strip(ReadOnlySpan<byte> name)
    {
        var kept = new List<byte>(name.Length);
        foreach (var octet in name)
        {
            if (!LineEnds.Contains(octet))
                kept.Add(octet);
        }
        return new ShortString(kept.ToArray());
    }
}
