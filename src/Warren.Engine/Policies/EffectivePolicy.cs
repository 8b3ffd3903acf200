using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What policy and operator policy come to for one queue or exchange.</summary>
/// <param name="Policy">The policy that holds, or null.</param>
/// <param name="OperatorPolicy">The operator policy that holds, or null.</param>
/// <param name="Definition">The definitions of both together.</param>
internal sealed record EffectivePolicy(Policy? Policy, Policy? OperatorPolicy, FieldTable Definition)
{
    public static readonly EffectivePolicy None = new(null, null, default);

    private static ShortString AlternateKey { get; } = "alternate-exchange";

    /// <summary>The alternate exchange that it gives to an exchange; null for none.</summary>
    public ShortString? Alternate =>
        Definition.TryGet(AlternateKey.Span, out var value) && value.Octets.Length <= ShortString.MaxLength ? new ShortString(value.Octets) : default(ShortString?);

    /// <summary>Merges both: what the operator says holds, and of two numbers the smaller one.</summary>
    public static EffectivePolicy Of(Policy? policy, Policy? operatorPolicy, Profile profile)
    {
        if (operatorPolicy is null || policy is null)
            return new EffectivePolicy(policy, operatorPolicy, (policy ?? operatorPolicy)!.Definition);
        var merged = new FieldTableBuilder();
        foreach (var (name, value) in policy.Definition)
        {
            if (!operatorPolicy.Definition.TryGet(name.Span, out var operators))
                merged.Add(name, value);
            else if (PolicyKeys.Find(name, profile)?.Merge is { } merge)
                merged.Add(name.ToString(), merge(Integer(value), Integer(operators)));
            else
                merged.Add(name, operators);
        }
        foreach (var (name, value) in operatorPolicy.Definition)
        {
            if (!policy.Definition.TryGet(name.Span, out _))
                merged.Add(name, value);
        }
        return new EffectivePolicy(policy, operatorPolicy, merged.ToTable());
    }

    /// <summary>A queue's arguments with what the policies add: of two numbers the smaller one holds, of anything else the argument.</summary>
    public FieldTable Over(FieldTable arguments, QueueType type, Profile profile)
    {
        if (Definition.IsEmpty)
            return arguments;
        var result = new FieldTableBuilder();
        foreach (var argument in QueueArguments.InOrder)
        {
            if (argument.PolicyKey is not { } key || !argument.IsKnownBy(type, profile) || !Definition.TryGet(key, out var given))
                continue;
            if (!arguments.TryGet(argument.Name.Span, out var own))
                result.Add(argument.Name, given);
            else if (PolicyKeys.Find(key, profile)?.Merge is { } merge && own.TryGetInteger(out var ownInteger))
                result.Add(argument.Name.ToString(), merge(ownInteger, Integer(given)));
        }
        foreach (var (name, value) in arguments)
            result.Add(name, value); // What stands above was added first, and is found first.
        return result.ToTable();
    }

    private static long Integer(FieldValue value) => value.TryGetInteger(out var integer) ? integer : throw new System.Diagnostics.UnreachableException();
}
