using System.Net;
using Warren.Broker;

namespace Warren.Tests.Broker;

public sealed class LoginWorkersTests
{
    [Fact]
    public async Task No_more_logins_are_hashed_at_once_than_there_are_threads_and_none_is_forgotten()
    {
        const int Count = 200;
        var bench = new BrokerBench();
        var done = new TaskCompletionSource();
        var checkedCount = 0;
        var atOnce = 0;
        var most = 0;
        using var second = new ManualResetEventSlim();
        var workers = new LoginWorkers(2, _ =>
        {
            var now = Interlocked.Increment(ref atOnce);
            if (now == 2)
                second.Set();
            second.Wait(TimeSpan.FromSeconds(30)); // Until both threads are at work.
            lock (done)
                most = Math.Max(most, now);
            Interlocked.Decrement(ref atOnce);
            if (Interlocked.Increment(ref checkedCount) == Count)
                done.SetResult();
        });
        var peer = new RawPeer(bench.Turn, new IPEndPoint(IPAddress.Loopback, 1));

        for (var i = 0; i < Count; i++)
            workers.Add(new LoginAttempt(peer, "PLAIN", default, default));

        await done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(2, most);
    }
}
