using Warren.Bench.Measure;

namespace Warren.Bench.Compare;

/// <summary>The figures of every round. Round n of one pair is compared with round n of another: they ran within seconds.</summary>
internal sealed class Results(IReadOnlyList<Pair> pairs, IReadOnlyList<string> brokers)
{
    private readonly Dictionary<(Pair Pair, int InFlight), List<CallFigures>> _calls = [];
    private readonly Dictionary<Pair, List<double>> _messages = [];

    public IReadOnlyList<Pair> Pairs { get; } = pairs;

    public IReadOnlyList<string> Brokers { get; } = brokers;

    public void Add(Pair pair, int inFlight, CallFigures figures)
    {
        if (!_calls.TryGetValue((pair, inFlight), out var list)) _calls[(pair, inFlight)] = list = [];
        list.Add(figures);
    }

    public void Add(Pair pair, double messagesPerSecond)
    {
        if (!_messages.TryGetValue(pair, out var list)) _messages[pair] = list = [];
        list.Add(messagesPerSecond);
    }

    /// <summary>The median over the rounds of one figure; null when that was not measured.</summary>
    public double? Calls(Pair pair, int inFlight, Func<CallFigures, double> figure) => Median(Figures(pair, inFlight).Select(figure));

    public double? Messages(Pair pair) => Median(MessagesOf(pair));

    /// <summary>The median over the rounds of a figure divided by another pair's in the same round.</summary>
    public double? CallsRatio(Pair pair, Pair to, int inFlight, Func<CallFigures, double> figure) =>
        Median(Figures(pair, inFlight).Zip(Figures(to, inFlight), (one, other) => figure(one) / figure(other)));

    public double? MessagesRatio(Pair pair, Pair to) => Median(MessagesOf(pair).Zip(MessagesOf(to), (one, other) => one / other));

    private List<CallFigures> Figures(Pair pair, int inFlight) => _calls.GetValueOrDefault((pair, inFlight)) ?? [];

    private List<double> MessagesOf(Pair pair) => _messages.GetValueOrDefault(pair) ?? [];

    private static double? Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        if (sorted.Length == 0) return null;
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
