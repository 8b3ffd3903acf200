using System.Globalization;
using Warren.Engine;

namespace Warren.Tests.Engine.Paging;

/// <summary>What is kept of messages that are out of memory, and what that takes.</summary>
public sealed class PagedMessagesTests
{
    [Fact]
    public void Whatever_was_added_comes_out_as_it_was()
    {
        var only = Environment.GetEnvironmentVariable("WARREN_SEED"); // Replays one.
        foreach (var seed in only is null ? Enumerable.Range(0, 60) : [int.Parse(only, CultureInfo.InvariantCulture)])
            Compare(seed, new Random(seed));
    }

    [Fact]
    public void A_long_run_of_like_messages_takes_next_to_nothing_and_others_a_few_octets_for_each_number_that_differs()
    {
        Assert.InRange(OctetsOf(static i => new WaitingMessage { Id = (ulong)i + 7, Position = (ulong)i, BodyLength = 1024, TimeToLiveTicks = Warren.Engine.Message.Unlimited }), 12, 14);
        Assert.InRange(OctetsOf(static i => new WaitingMessage { Id = (ulong)(i * 3 + (i % 2)), Position = (ulong)i, BodyLength = i * 37 % 1000, PublishedAtTicks = i * i }), 12, 28);
    }

    [Fact]
    public void Positions_of_two_levels_stay_what_they_are_where_their_distance_goes_once_around()
    {
        ulong[] positions = [10, (1UL << 63) | 11, 12, 13];
        var messages = new PagedMessages(new MessagePool());
        foreach (var position in positions)
            messages.Add(new WaitingMessage { Id = 1, Position = position });

        Assert.Equal(positions, messages.InOrder().Select(static message => message.Position));
    }

    // With what the journal needs to find each.
    private static double OctetsOf(Func<int, WaitingMessage> messageOf)
    {
        const int count = 10_000;
        var pool = new MessagePool();
        var messages = new PagedMessages(pool);
        for (var i = 0; i < count; i++)
            messages.Add(messageOf(i));
        var octets = pool.LentOctets;
        for (; messages.Count > 0; messages.RemoveFirst())
            Assert.Equal(messageOf(count - messages.Count), messages.First);
        Assert.Equal((0L, 0), (pool.LentOctets, pool.PagedOut));
        return (double)octets / count;
    }

    private static void Compare(int seed, Random random)
    {
        var pool = new MessagePool();
        var (brought, expected) = (new List<ulong>(), new List<ulong>());
        var messages = new PagedMessages(pool, (_, position) => brought.Add(position));
        var model = new LinkedList<WaitingMessage>();
        var spread = random.Next(3) switch { 0 => 1L, 1 => 100_000, _ => long.MaxValue };
        for (var i = 0; i < 2000; i++)
        {
            switch (random.Next(5))
            {
                case 0 when model.Count > 0:
                    Assert.True(model.First!.Value == messages.First, $"WARREN_SEED={seed}: {model.First.Value} came as {messages.First}");
                    messages.RemoveFirst();
                    model.RemoveFirst();
                    break;
                case 1 when random.Next(4) == 0:
                    var block = new PagedBlock();
                    var added = Enumerable.Range(0, random.Next(1, 256)).Select(_ => Next(random, pool, spread, isOut: true)).ToArray();
                    foreach (var message in added)
                        block.Add(message);
                    messages.AddFirst(block);
                    foreach (var message in added.Reverse())
                        model.AddFirst(message);
                    break;
                default:
                    var last = Next(random, pool, spread, isOut: model.Count == 0 || random.Next(9) > 0);
                    messages.Add(last);
                    model.AddLast(last);
                    break;
            }
            for (; model.First?.Value.Message is not null; model.RemoveFirst())
                expected.Add(model.First.Value.Position);
        }
        Assert.True(model.SequenceEqual(messages.InOrder()), $"WARREN_SEED={seed}");
        Assert.Equal(model.Count(static message => message.Message is null), pool.PagedOut);
        Assert.Equal(expected, brought);
    }

    private static WaitingMessage Next(Random random, MessagePool pool, long spread, bool isOut) => new()
    {
        Message = isOut ? null : pool.Rent(1),
        Id = (ulong)random.NextInt64(spread),
        Position = (ulong)random.NextInt64(spread),
        BodyLength = (int)random.NextInt64(Math.Min(spread, int.MaxValue)),
        Priority = (byte)random.Next(3),
        PublishedAtTicks = random.NextInt64(spread),
        TimeToLiveTicks = random.Next(2) == 0 ? Warren.Engine.Message.Unlimited : random.NextInt64(spread),
    };
}
