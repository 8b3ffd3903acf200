using System.Buffers.Binary;
using System.Text;
using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>Words that mean something to the broker, as short strings, long strings and methods' ids.</summary>
internal static class Tokens
{
    private static readonly string[] s_words =
    [
        "", "q", "e", "amq.topic", "amq.direct", "amq.headers", "amq.fanout", "amq.rabbitmq.reply-to", "amq.rabbitmq.trace", "direct", "fanout", "topic", "headers",
        "x-delayed-message", "x-delayed-type", "x-consistent-hash", "x-random", "x-match", "any", "all-with-x", "x-message-ttl", "x-expires", "x-max-length",
        "x-max-length-bytes", "x-overflow", "reject-publish", "drop-head", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-max-priority", "x-queue-type", "quorum",
        "classic", "stream", "x-single-active-consumer", "x-delivery-limit", "x-delay", "x-death", "CC", "BCC", "alternate-exchange", "hash-header", "guest", "a.*.#", "#", "a.b", "0", "-1",
        "99999999999999999999", "x-priority", "\0guest\0guest", "PLAIN", "AMQPLAIN", "en_US", "/", "\r\n", "é\uffff",
    ];

    public static byte[] Octets { get; } = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, 0xCE, 10, 20, 40, 50, 60, 85, 90];

    public static byte[][] Texts { get; } = [.. s_words.Select(Short), .. s_words.Select(Long), .. Enum.GetValues<MethodId>().Select(Id)];

    private static byte[] Short(string word)
    {
        var octets = Encoding.UTF8.GetBytes(word);
        return [(byte)octets.Length, .. octets];
    }

    private static byte[] Long(string word)
    {
        var octets = Encoding.UTF8.GetBytes(word);
        return [(byte)'S', 0, 0, 0, (byte)octets.Length, .. octets];
    }

    private static byte[] Id(MethodId id)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)id);
        return octets;
    }
}
