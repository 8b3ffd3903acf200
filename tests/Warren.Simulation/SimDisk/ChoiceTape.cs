namespace Warren.Simulation;

/// <summary>Choices by a seed, recorded; or played back from a recording, and 0 when that ends.</summary>
public sealed class ChoiceTape : IChoices
{
    private readonly Random? _random;
    private readonly IReadOnlyList<int> _recording;
    private readonly List<int> _choices = [];

    /// <summary>Choices by a seed.</summary>
    public ChoiceTape(int seed)
    {
        _random = new Random(seed);
        _recording = [];
    }

    /// <summary>The choices of a recording. Where a bound is smaller than it was, a choice is taken modulo that.</summary>
    public ChoiceTape(IReadOnlyList<int> recording) => _recording = recording;

    /// <summary>What was chosen so far.</summary>
    public IReadOnlyList<int> Choices => _choices;

    public int Next(int bound)
    {
        var choice = _random?.Next(bound) ?? (_choices.Count < _recording.Count ? _recording[_choices.Count] % bound : 0);
        _choices.Add(choice);
        return choice;
    }
}
