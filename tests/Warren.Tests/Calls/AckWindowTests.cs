namespace Warren.Tests.Calls;

public sealed class AckWindowTests
{
    private readonly List<(ulong Tag, bool Multiple)> _acks = [];

    [Fact]
    public void A_batch_that_is_done_in_order_is_acknowledged_by_one_frame()
    {
        var window = new AckWindow((tag, multiple) => _acks.Add((tag, multiple)));

        foreach (var place in (int[])[window.Add(1), window.Add(2), window.Add(3)])
            window.Done(place);
        window.Flush();

        Assert.Equal([(3, true)], _acks);
    }

    [Fact]
    public void What_is_done_behind_a_request_that_still_runs_is_acknowledged_one_by_one()
    {
        var window = new AckWindow((tag, multiple) => _acks.Add((tag, multiple)));

        int[] places = [window.Add(1), window.Add(2), window.Add(3), window.Add(4)];

        window.Done(places[1]);
        window.Done(places[3]);
        window.Flush();
        window.Done(places[2]);
        window.Done(places[0]);
        window.Flush();

        Assert.Equal([(2, false), (4, false), (3, true)], _acks);
    }

    [Fact]
    public void In_any_order_the_broker_never_sees_an_unknown_tag_and_forgets_none()
    {
        for (var seed = 0; seed < 300; seed++)
            Run(new Random(seed), seed);
    }

    // The broker's side of it, as RabbitMQ has it: the tag of an acknowledgement has to be one it waits for, and `multiple` takes all before it.
    private static void Run(Random random, int seed)
    {
        const int messages = 200;
        var prefetch = random.Next(1, 20);
        var stuck = random.Next(2) == 0;
        var unacked = new SortedSet<ulong>();
        var window = new AckWindow(
            (tag, multiple) =>
            {
                Assert.True(unacked.Contains(tag), $"seed {seed}: {tag} is not awaited");
                unacked.RemoveWhere(t => t == tag || (multiple && t < tag));
            });
        var running = new List<(ulong Tag, int Place)>();
        var next = 1UL;
        while (next <= messages || running.Count > 0)
        {
            for (; next <= messages && unacked.Count < prefetch; next++)
            {
                unacked.Add(next);
                running.Add((next, window.Add(next)));
            }
            if (running.Count > 0)
            {
                var index = stuck && running.Count > 1 ? random.Next(1, running.Count) : random.Next(running.Count); // The oldest may run for ever.
                var (tag, place) = running[index];
                running.RemoveAt(index);
                if (random.Next(10) == 0)
                {
                    unacked.Remove(tag);
                    window.Forget(place);
                }
                else
                    window.Done(place);
            }
            if (running.Count == 0 || random.Next(3) == 0)
                window.Flush();
        }
        window.Flush();
        Assert.True(unacked.Count == 0, $"seed {seed}: {unacked.Count} deliveries were forgotten");
    }
}
