using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The words of policies: those of <c>apply-to</c>, and values as RabbitMQ prints them when it refuses one.</summary>
public static class PolicyWords
{
    private static readonly (string Word, PolicyTarget Target)[] Targets =
    [
        ("all", PolicyTarget.All),
        ("queues", PolicyTarget.Queues),
        ("classic_queues", PolicyTarget.ClassicQueues),
        ("quorum_queues", PolicyTarget.QuorumQueues),
        ("streams", PolicyTarget.Streams),
        ("exchanges", PolicyTarget.Exchanges),
    ];

    /// <summary>The word of <c>apply-to</c>.</summary>
    public static string WordOf(PolicyTarget target) => Targets.First(pair => pair.Target == target).Word;

    /// <summary>Reads a word of <c>apply-to</c>.</summary>
    /// <exception cref="FormatException">There is no such word.</exception>
    public static PolicyTarget TargetOf(string word)
    {
        foreach (var pair in Targets)
        {
            if (pair.Word == word)
                return pair.Target;
        }
        throw new FormatException(
            $"apply-to '{word}' unrecognised; should be 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'");
    }

    // As Erlang writes a term.
    internal static string Term(FieldValue value) => value.Type switch
    {
        FieldType.LongString when value.Octets.IsEmpty => "<<>>",
        FieldType.LongString => $"<<\"{Encoding.UTF8.GetString(value.Octets.Span)}\">>",
        FieldType.Void => "null",
        FieldType.Array => $"[{string.Join(',', TermsOf(value))}]",
        FieldType.Double => BitConverter.Int64BitsToDouble(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(value.Octets.Span))
            .ToString("0.0################", CultureInfo.InvariantCulture),
        _ => FieldText.Value(value),
    };

    private static List<string> TermsOf(FieldValue array)
    {
        var terms = new List<string>();
        foreach (var value in array.EnumerateArray())
            terms.Add(Term(value));
        return terms;
    }
}
