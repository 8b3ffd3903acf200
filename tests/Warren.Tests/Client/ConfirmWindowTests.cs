using Warren.Amqp;
using Warren.Client;

namespace Warren.Tests.Client;

public sealed class ConfirmWindowTests
{
    private const int Count = 100_000;

    [Fact]
    public async Task V60_every_publish_has_its_own_end_however_many_are_given_up_and_whenever_the_channel_closes()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var window = new ConfirmWindow();
        var publishes = new List<PendingConfirm?>();
        var fates = new List<string>();
        var next = 0; // Of those that the broker has not answered yet.
        while (publishes.Count < Count)
        {
            Publish(random.Next(1, 50));
            var answered = random.Next(next, publishes.Count + 1);
            Answer(answered, multiple: random.Next(2) == 0, acked: random.Next(4) > 0);
            window.EndBatch();
        }
        window.FailAll(new IOException("closed"));
        for (var i = next; i < Count; i++)
            fates[i] = fates[i] == "" ? "IOException" : fates[i];
        for (var i = 0; i < Count; i++)
        {
            if (publishes[i] is { } publish)
                Assert.Equal(fates[i], await FateOf(publish.Task));
        }
        Assert.Equal(0ul, window.Oldest);

        void Publish(int count)
        {
            for (var i = 0; i < count && publishes.Count < Count; i++)
            {
                var publish = random.Next(10) == 0 ? null : new PendingConfirm("x", "k", 0);
                if (publish is null)
                    window.Skip();
                else
                    window.Add(publish);
                publishes.Add(publish);
                fates.Add("");
                if (publish is not null && random.Next(5) == 0 && publish.TrySetCanceled())
                    fates[^1] = nameof(TaskCanceledException);
            }
        }

        void Answer(int end, bool multiple, bool acked)
        {
            if (multiple && end > next)
                window.Settle((ulong)end, true, acked);
            for (; next < end; next++)
            {
                if (!multiple)
                    window.Settle((ulong)next + 1, false, acked);
                if (fates[next] == "")
                    fates[next] = acked ? "ok" : nameof(PublishNackedException);
            }
        }
    }

    private static async Task<string> FateOf(Task publish)
    {
        try
        {
            await publish.WaitAsync(TimeSpan.FromSeconds(30));
            return "ok";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }
}
