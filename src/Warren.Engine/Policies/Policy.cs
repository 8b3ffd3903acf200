using System.Text;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// What queues and exchanges of certain names are given beside their own arguments, and as long as it stands
/// (https://www.rabbitmq.com/docs/policies). An operator policy is one too; see <see cref="PolicySet"/>.
/// </summary>
public sealed class Policy
{
    private readonly AccessPattern _pattern;

    /// <summary>Checks name and pattern; the definition is checked where the policy is put to use, since releases know different keys.</summary>
    /// <param name="name">The name, of 1 to 255 octets.</param>
    /// <param name="pattern">A regular expression for names, as <see cref="AccessPattern"/> reads it, but that the empty one matches every name.</param>
    /// <param name="definition">Keys and values, such as <c>max-length</c> and 10.</param>
    /// <exception cref="FormatException">The name is empty or too long, or the pattern is no regular expression, or not one that is taken.</exception>
    public Policy(string name, string pattern, FieldTable definition)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(pattern);
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > ShortString.MaxLength)
            throw new FormatException($"A policy's name has 1 to {ShortString.MaxLength} octets.");
        (Name, Pattern, Definition) = (name, pattern, SortedTable.Of(definition).ToOwned());
        _pattern = pattern.Length == 0 ? AccessPattern.Everything : new AccessPattern(pattern);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The expression that the names of queues and exchanges have to match.</summary>
    public string Pattern { get; }

    /// <summary>Keys and values.</summary>
    public FieldTable Definition { get; }

    /// <summary>Of all policies that match, the one with the highest priority holds; of equal ones the first by name.</summary>
    public long Priority { get; init; }

    /// <summary>What it is for.</summary>
    public PolicyTarget Target { get; init; }

    /// <summary>What is wrong with the definition, in RabbitMQ's words; null when nothing is.</summary>
    /// <param name="profile">The release whose keys count.</param>
    /// <param name="isForOperator">True for an operator policy, which may have fewer keys.</param>
    public string? Fault(Profile profile, bool isForOperator)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (Definition.IsEmpty)
            return "no policy provided";
        var seen = new HashSet<ShortString>();
        var unknown = new List<string>();
        string? wrong = null;
        foreach (var (name, value) in Definition)
        {
            if (!seen.Add(name))
                return $"[<<\"{name}\">>] duplicate keys not allowed";
            var key = PolicyKeys.Find(name, profile);
            if (key is null || (isForOperator && !key.IsForOperators(profile)))
                unknown.Add($"{{<<\"{name}\">>,{PolicyWords.Term(value)}}}");
            else if (!key.Takes(value))
                wrong ??= $"{PolicyWords.Term(value)} is not a valid {key.What}";
        }
        return wrong ?? (unknown.Count > 0 ? $"[{string.Join(',', unknown)}] are not recognised policy settings" : null);
    }

    internal bool IsFor(ShortString queue, QueueType type, Profile profile)
    {
        if (!IsForType(type) || !_pattern.Matches(queue.Span))
            return false;
        foreach (var (name, _) in Definition)
        {
            if (PolicyKeys.Find(name, profile)?.IsFor(type) == false)
                return false;
        }
        return true;
    }

    internal bool IsForExchange(ShortString name) => (Target is PolicyTarget.All or PolicyTarget.Exchanges) && _pattern.Matches(name.Span);

    private bool IsForType(QueueType type) => Target switch
    {
        PolicyTarget.All or PolicyTarget.Queues => true,
        PolicyTarget.ClassicQueues => type == QueueType.Classic,
        PolicyTarget.QuorumQueues => type == QueueType.Quorum,
        _ => false,
    };
}
