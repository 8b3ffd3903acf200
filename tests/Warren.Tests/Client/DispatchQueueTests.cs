using Warren.Client;

namespace Warren.Tests.Client;

public class DispatchQueueTests
{
    [Fact]
    public async Task One_at_a_time_keeps_the_order_even_when_handlers_wait()
    {
        var seen = new List<int>();
        var queue = new Queue(1, async item =>
        {
            await Task.Yield();
            seen.Add(item);
        });

        for (var i = 0; i < 1000; i++)
        {
            queue.Enqueue(i);
            queue.Schedule();
        }
        await queue.WhenIdleAsync();

        Assert.Equal(Enumerable.Range(0, 1000), seen);
    }

    [Fact]
    public async Task Never_more_than_the_concurrency_run_at_once()
    {
        int running = 0, most = 0;
        var queue = new Queue(3, async _ =>
        {
            var now = Interlocked.Increment(ref running);
            lock (this)
                most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
        });

        for (var i = 0; i < 2000; i++)
            queue.Enqueue(i);
        queue.Schedule();
        await queue.WhenIdleAsync();

        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task A_handler_that_blocks_does_not_hold_up_the_items_behind_it()
    {
        using var release = new ManualResetEventSlim();
        var queue = new Queue(int.MaxValue, item =>
        {
            // The first waits for the last, which stands behind it in the same batch.
            if (item == 0)
                release.Wait(TestContext.Current.CancellationToken);
            if (item == 20)
                release.Set();
            return default;
        });

        for (var i = 0; i <= 20; i++)
            queue.Enqueue(i);
        queue.Schedule();

        await queue.WhenIdleAsync().WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Items_that_come_long_after_the_only_runner_got_stuck_are_run()
    {
        // The watch had lost interest in a queue with nothing waiting, and a queue with a runner did not call it back.
        using var release = new ManualResetEventSlim();
        var others = new TaskCompletionSource();
        var queue = new Queue(int.MaxValue, item =>
        {
            if (item == 0)
                release.Wait();
            if (item == 3)
                others.SetResult();
            return default;
        });
        queue.Enqueue(0);
        queue.Schedule();
        while (queue.Count > 0 || ((IStallable)queue).IsWatched)
            await Task.Yield();

        for (var item = 1; item <= 3; item++)
        {
            queue.Enqueue(item);
            queue.Schedule();
        }
        await others.Task;

        release.Set();
        await queue.WhenIdleAsync();
    }

    [Fact]
    public async Task Scheduling_and_the_stall_watch_never_wait_for_each_other()
    {
        // Each took its own lock first and then the other's: a process that called in process stood still after some seconds.
        var queues = Enumerable.Range(0, 8).Select(_ => new Queue(1, _ => default)).ToArray();

        await Task.WhenAll(queues.Select(queue => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                queue.Enqueue(i);
                queue.Schedule();
                await queue.WhenIdleAsync();
            }
        })));
    }

    [Fact]
    public async Task An_item_that_throws_is_noted_and_the_others_run()
    {
        var ran = 0;
        var queue = new Queue(2, async item =>
        {
            Interlocked.Increment(ref ran);
            if (item % 3 == 0)
                throw new InvalidOperationException("at once");
            await Task.Yield();
            if (item % 3 == 1)
                throw new InvalidOperationException("later");
        });

        for (var i = 0; i < 300; i++)
            queue.Enqueue(i);
        queue.Schedule();
        await queue.WhenIdleAsync();

        Assert.Equal((300, 200, 0), (ran, queue.Broken, queue.Active));
    }

    private sealed class Queue(int concurrency, Func<int, ValueTask> process) : DispatchQueue<int>(concurrency)
    {
        private int _broken;

        public int Broken => _broken;

        protected override ValueTask ProcessAsync(int item) => process(item);

        protected override void Broke(Exception failure) => Interlocked.Increment(ref _broken);
    }
}
