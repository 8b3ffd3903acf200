using Warren.Client;

namespace Warren.Tests.Client;

public sealed class PublisherLineTests
{
    private readonly PublisherLine _line = new();

    [Fact]
    public async Task The_first_has_its_turn_at_once_and_the_others_in_their_order()
    {
        var first = await _line.EnterAsync(default);
        var others = Enumerable.Range(0, 3).Select(_ => _line.EnterAsync(default)).ToList();
        Assert.False(others[0].IsCompleted);

        first.Dispose();

        foreach (var other in others)
        {
            var turn = await other;
            Assert.DoesNotContain(others.Skip(others.IndexOf(other) + 1), static later => later.IsCompleted);
            turn.Dispose();
        }
        Assert.True(_line.IsEmpty);
    }

    [Fact]
    public async Task Who_gives_up_leaves_nothing_behind_and_passes_nobody()
    {
        var first = await _line.EnterAsync(default);
        using var given = new CancellationTokenSource();
        var givenUp = Enumerable.Range(0, 100).Select(_ => _line.EnterAsync(given.Token)).ToList();
        var last = _line.EnterAsync(default);

        await given.CancelAsync();
        foreach (var one in givenUp)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.False(last.IsCompleted);
        first.Dispose();

        (await last).Dispose();
        Assert.True(_line.IsEmpty);
    }

    [Fact]
    public async Task Many_threads_come_and_go_one_at_a_time_and_nobody_stays()
    {
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                using var given = new CancellationTokenSource();
                var entering = _line.EnterAsync(given.Token);
                if (((i + thread) % 3) == 0)
                    await given.CancelAsync();
                try
                {
                    using (await entering)
                    {
                        most = Math.Max(most, Interlocked.Increment(ref inside));
                        Interlocked.Decrement(ref inside);
                    }
                }
                catch (OperationCanceledException)
                {
                    // As told.
                }
            }
        })));

        Assert.Equal(1, most);
        Assert.True(_line.IsEmpty);
    }
}
