using System.Diagnostics;

namespace Warren.Bench.Measure;

/// <summary>Times how long a known number of messages takes from the first to the last arrival.</summary>
internal sealed class Arrivals
{
    private TaskCompletionSource<TimeSpan> _last = new(); // Replaced only while nothing arrives.
    private long _expected;
    private long _arrived; // Owned by the consumer's callback while messages arrive.
    private long _start;

    /// <summary>Must be called before the first of the messages is published.</summary>
    public Task<TimeSpan> Expect(long count)
    {
        _last = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        _arrived = 0;
        Volatile.Write(ref _expected, count);
        return _last.Task;
    }

    public void OnMessage()
    {
        if (++_arrived == 1) _start = Stopwatch.GetTimestamp();
        if (_arrived == Volatile.Read(ref _expected)) _last.SetResult(Stopwatch.GetElapsedTime(_start));
    }
}
