namespace Warren.Differential;

/// <summary>Choices by a seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    public int Below(int limit) => _random.Next(limit);

    /// <summary>True so many times in a hundred.</summary>
    public bool Percent(int chance) => _random.Next(100) < chance;

    public T One<T>(params ReadOnlySpan<T> of) => of[_random.Next(of.Length)];

    public T OneOf<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    /// <summary>One of the choices, by weight.</summary>
    public T Weighted<T>(params ReadOnlySpan<(int Weight, T Value)> choices)
    {
        var sum = 0;
        foreach (var (weight, _) in choices)
            sum += weight;
        var drawn = _random.Next(sum);
        foreach (var (weight, value) in choices)
        {
            drawn -= weight;
            if (drawn < 0)
                return value;
        }
        throw new System.Diagnostics.UnreachableException();
    }
}
