namespace Warren.Fuzz;

/// <summary>Changes inputs, runs them, and keeps those that do something new. The same seed does the same.</summary>
public sealed class FuzzLoop
{
    private const int MostKept = 20_000;
    private const int LooksAtTheTime = 5;

    private readonly ITarget _target;
    private readonly Feedback _feedback;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _kept = [];
    private readonly List<int> _depths = []; // How many blocks each of them reaches.
    private readonly HashSet<int> _seen = [];

    /// <summary>A loop from a seed.</summary>
    public FuzzLoop(ITarget target, int seed, Feedback feedback = Feedback.Seen)
    {
        _target = target;
        _feedback = feedback;
        _random = new Random(seed);
        _mutator = new Mutator(_random);
    }

    /// <summary>Every target, and the one that breaks.</summary>
    public static IReadOnlyList<ITarget> Targets => [new DecoderTarget(), new ConnectionTarget(), new RoutingTarget(), new FallingTarget()];

    /// <summary>How many inputs were run.</summary>
    public long Runs { get; private set; }

    /// <summary>Which of them are kept.</summary>
    public IReadOnlyList<byte[]> Kept => _kept;

    /// <summary>What they have reached; nothing, where the code is not instrumented.</summary>
    public Buckets Reached { get; } = new();

    /// <summary>Is told each input before it runs.</summary>
    public Action<byte[]>? Starts { get; init; }

    /// <summary>Is told each input that was made here and is kept.</summary>
    public Action<byte[]>? Keeps { get; init; }

    /// <summary>True for a finding when an input takes too long each of several times. Not where other work shares the processors.</summary>
    public bool IsTimed { get; init; }

    /// <summary>Runs the seeds, the corpus, and then so many inputs.</summary>
    /// <exception cref="FindingException">A promise is broken, or something was thrown.</exception>
    public void Run(long inputs)
    {
        if (_kept.Count == 0)
        {
            foreach (var seed in _target.Seeds.Concat(Corpus.Of(_target.Name)))
            {
                RunOne(seed);
                Keep(seed);
            }
        }
        for (; inputs > 0; inputs--)
        {
            var input = _mutator.Mutate(Any(), Any());
            if (!RunOne(input) || _kept.Count >= MostKept)
                continue;
            Keep(input);
            Keeps?.Invoke(input);
        }
    }

    /// <summary>Runs one input, and none that follows from it.</summary>
    /// <returns>True when it does something new.</returns>
    /// <exception cref="FindingException">A promise is broken, or something was thrown.</exception>
    public bool RunOne(byte[] input)
    {
        Starts?.Invoke(input);
        Runs++;
        var seen = Watched(input);
        var isReached = Reached.Add(CoverageMap.Counters);
        return _feedback switch
        {
            Feedback.Coverage => isReached,
            Feedback.Seen => _seen.Add(seen),
            _ => false,
        };
    }

    // Of two by chance, the one that reaches more, for most of what is kept breaks off early; or else the shorter one, in which a change meets what matters.
    private byte[] Any()
    {
        var (one, other) = (_random.Next(_kept.Count), _random.Next(_kept.Count));
        var deeper = _depths[one] - _depths[other];
        return _kept[deeper > 0 || (deeper == 0 && _kept[one].Length < _kept[other].Length) ? one : other];
    }

    private void Keep(byte[] input)
    {
        _kept.Add(input);
        _depths.Add(Reached.LastBlocks);
    }

    private int Watched(byte[] input)
    {
        try
        {
            return Timed(input);
        }
        catch (FindingException finding)
        {
            finding.Input = input;
            throw;
        }
        catch (Exception e)
        {
            throw new FindingException($"{e.GetType().Name}: {e.Message}", e) { Input = input };
        }
    }

    // Code that is compiled at its first run, a collection, another process: each is slow once. What is slow every time is slow.
    private int Timed(byte[] input)
    {
        for (var looks = 1; ; looks++)
        {
            CoverageMap.Clear(); // What an earlier look has counted is not this one's.
            var seen = _target.Run(input);
            if (!IsTimed || Meter.IsInTime)
                return seen;
            FindingException.Unless(looks < LooksAtTheTime, $"{Meter.Took.TotalMilliseconds:F1} ms for {input.Length} octets, and as much {looks - 1} times before");
        }
    }
}
