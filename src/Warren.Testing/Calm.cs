using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Warren.Testing;

/// <summary>
/// Knows when everything that was started has come to rest. Frames and timers tell of themselves; continuations run on the thread pool, and of those the pool
/// tells: nothing queued, and no thread at work but the one that asks.
/// </summary>
internal sealed class Calm
{
    private const int IdleMoments = 3;
    private const int LooksPerRound = 10;
    private const int RoundsBesideOthers = 100;
    private static readonly TimeSpan QuietBesideOthers = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WorkBesideOthers = TimeSpan.FromMilliseconds(200); // Of the processors' time: on a busy machine a thread may not run for long.

    private static int s_asking; // Of all brokers: who asks is in the pool too, at work or queued.

    private long _disturbances;

    /// <summary>How often something was seen to happen.</summary>
    public long Disturbances => Interlocked.Read(ref _disturbances);

    /// <summary>Something happens.</summary>
    public void Disturb() => Interlocked.Increment(ref _disturbances);

    /// <summary>Ends, on a thread of the pool, when all is calm.</summary>
    public async Task ComeAsync()
    {
        var (seen, isCalm, rounds, since, worked) = (-1L, false, 0, 0L, TimeSpan.Zero);
        Interlocked.Increment(ref s_asking);
        while (!isCalm && (rounds < RoundsBesideOthers || Stopwatch.GetElapsedTime(since) < QuietBesideOthers || Worked() - worked < WorkBesideOthers))
        {
            await default(BehindOthers);
            var now = Disturbances;
            if (now != seen)
                (seen, rounds, since, worked) = (now, 0, Stopwatch.GetTimestamp(), Worked());
            rounds++;
            isCalm = IsCalmSince(now);
        }
        Interlocked.Decrement(ref s_asking);
    }

    // Advances for as long as rounds are made, since they are work themselves.
    private static TimeSpan Worked() => Environment.CpuUsage.TotalTime;

    // An idle moment proves that whatever was queued before it has run, though others may be at work before and after it.
    private bool IsCalmSince(long disturbances)
    {
        var idle = 0;
        for (var look = 0; look < LooksPerRound && idle < IdleMoments; look++)
        {
            if (PoolIsIdle())
                idle++;
            else
                Thread.Yield();
        }
        return idle == IdleMoments && Disturbances == disturbances;
    }

    // Looked at twice, because one who asks may pass from the queue to a thread, or back, between two looks.
    private static bool PoolIsIdle()
    {
        var before = ThreadsAtWork();
        var queued = ThreadPool.PendingWorkItemCount;
        return Math.Max(before, ThreadsAtWork()) + queued <= Volatile.Read(ref s_asking);
    }

    private static int ThreadsAtWork()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var free, out _);
        return all - free;
    }

    // Goes on in the thread pool, behind everything that is queued there.
    private readonly struct BehindOthers : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public BehindOthers GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }
}
