using System.Diagnostics;

namespace Warren.Chaos;

/// <summary>How the calls of a run ended, as their callers saw it.</summary>
internal sealed class CallLedger(int calls)
{
    private readonly RpcException?[] _failures = new RpcException?[calls];
    private readonly bool[] _answered = new bool[calls];
    private long _worstLateTicks;
    private int _ended;

    public int Ended => Volatile.Read(ref _ended);

    public TimeSpan WorstLateness => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _worstLateTicks));

    public int Wrong { get; private set; }

    public void Answered(long number, long reply)
    {
        _answered[number] = true;
        if (reply != number)
            Wrong++;
        Interlocked.Increment(ref _ended);
    }

    public void Failed(long number, RpcException failure)
    {
        _failures[number] = failure;
        Interlocked.Increment(ref _ended);
    }

    /// <summary>A call took longer than its deadline by so much.</summary>
    public void Late(long ticks)
    {
        long worst;
        while (ticks > (worst = Interlocked.Read(ref _worstLateTicks)) && Interlocked.CompareExchange(ref _worstLateTicks, ticks, worst) != worst)
        {
        }
    }

    /// <summary>Compares what callers were told with what happened; a line for each contradiction.</summary>
    public IEnumerable<string> Contradictions(Dictionary<long, int> effects, CallMode mode)
    {
        for (var number = 0; number < calls; number++)
        {
            var times = effects.GetValueOrDefault(number);
            if (times > 1)
                yield return $"call {number} had its effect {times} times";
            if (_answered[number] && times == 0)
                yield return $"call {number} was answered and had no effect";
            if (_failures[number] is { Outcome: RpcOutcome.NotExecuted } failure && times > 0)
                yield return $"call {number} had its effect, and its caller was told that it had not: {failure.Message}";
            if (!_answered[number] && _failures[number] is null)
                yield return $"call {number} has not ended";
            if (mode == CallMode.Safe && _failures[number] is { } lost)
                yield return $"call {number} failed: {lost.Message}";
        }
    }

    public IEnumerable<(string End, int Calls)> Ends() =>
        _failures.Where(failure => failure is not null).GroupBy(failure => $"{failure!.Status}, {failure.Outcome}").Select(group => (group.Key, group.Count()))
            .Prepend(("answered", _answered.Count(answered => answered)));
}
