using FsCheck;
using FsCheck.Fluent;
using Warren.Engine;

namespace Warren.Tests.Engine;

public sealed class DeadlineHeapTests
{
    [Fact]
    public void Whatever_is_set_moved_and_cleared_is_reached_in_the_order_of_time()
    {
        var operations = Gen.Choose(0, 19).SelectMany(which => Gen.Choose(-1, 30).Select(due => (Which: which, Due: due))).ListOf();
        Prop.ForAll(operations.ToArbitrary(), list => IsReachedInOrder([.. list])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_deadline_that_sets_itself_again_at_once_does_not_hold_up_the_step()
    {
        var deadlines = new DeadlineHeap();
        var count = 0;
        Probe probe = null!;
        probe = new Probe(() =>
        {
            count++;
            deadlines.Set(probe, 5);
        });
        deadlines.Set(probe, 5);
        deadlines.Run(5);
        Assert.InRange(count, 1, 100_000);
        Assert.Equal(5, deadlines.NextTicks);
    }

    private static bool IsReachedInOrder((int Which, int Due)[] operations)
    {
        var deadlines = new DeadlineHeap();
        var reached = new List<int>();
        var model = new Dictionary<int, int>();
        var probes = new Probe[20];
        for (var i = 0; i < probes.Length; i++)
        {
            var which = i;
            probes[i] = new Probe(() => reached.Add(which));
        }
        foreach (var (which, due) in operations)
        {
            if (due < 0)
            {
                deadlines.Clear(probes[which]);
                model.Remove(which);
            }
            else
            {
                deadlines.Set(probes[which], due);
                model[which] = due;
            }
            Assert.Equal(model.Count == 0 ? long.MaxValue : model.Values.Min(), deadlines.NextTicks);
        }
        for (var now = 0; now <= 30; now++)
        {
            reached.Clear();
            deadlines.Run(now);
            Assert.Equal(model.Where(pair => pair.Value == now).Select(pair => pair.Key).Order(), reached.Order());
        }
        Assert.Equal(long.MaxValue, deadlines.NextTicks);
        return probes.All(probe => !probe.IsSet);
    }

    private sealed class Probe(Action reach) : Deadline
    {
        public override void Reach() => reach();
    }
}
