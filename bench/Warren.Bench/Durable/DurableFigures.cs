namespace Warren.Bench.Durable;

/// <summary>The figures of every round by row and load, and their medians. Round n of one row is compared with round n of another: they ran within seconds.</summary>
internal sealed class DurableFigures<T>
{
    private readonly Dictionary<(string Row, int Octets), List<T>> _rounds = [];

    public void Add(string row, int octets, T figure)
    {
        if (!_rounds.TryGetValue((row, octets), out var list)) _rounds[(row, octets)] = list = [];
        list.Add(figure);
    }

    public double Median(string row, int octets, Func<T, double> figure) => Median(_rounds[(row, octets)].Select(figure));

    /// <summary>The median of the rounds' ratios.</summary>
    public double Ratio(string row, string to, int octets, Func<T, double> figure) => Median(Ratios(row, to, octets, figure));

    /// <summary>One ratio for each round, in order.</summary>
    public IEnumerable<double> Ratios(string row, string to, int octets, Func<T, double> figure) =>
        _rounds[(row, octets)].Zip(_rounds[(to, octets)], (one, other) => figure(one) / figure(other));

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
