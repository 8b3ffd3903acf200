using System.Collections.Concurrent;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>The five messaging patterns of the tutorials, on Warren and on RabbitMQ.</summary>
public class PatternTests(Brokers brokers) : IClassFixture<Brokers>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_message_sent_before_anyone_receives_is_received(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewName();
        var received = new TaskCompletionSource<string>();

        await bus.SendAsync(queue, "Hello World!");
        await using var receiver = await bus.ReceiveAsync(queue, (string text) => received.TrySetResult(text));

        Assert.Equal("Hello World!", await received.Task.WaitAsync(Patience));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Workers_share_tasks_and_a_task_of_a_lost_worker_is_done_by_another(BrokerKind broker)
    {
        var tasks = Queue.Durable(NewName());
        await using var bus = await ConnectAsync(broker);
        var first = await ConnectAsync(broker);
        var taken = new TaskCompletionSource();
        await first.ReceiveAsync(tasks, async (string _, CancellationToken token) =>
        {
            taken.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        for (var i = 0; i < 5; i++)
            await bus.SendAsync(tasks, $"task {i}");
        await taken.Task.WaitAsync(Patience);

        var done = new ConcurrentBag<string>();
        using var each = new SemaphoreSlim(0);
        await using var second = await bus.ReceiveAsync(tasks, (string task) =>
        {
            done.Add(task);
            each.Release();
        });
        await first.DisposeAsync();
        for (var i = 0; i < 5; i++)
            Assert.True(await each.WaitAsync(Patience));

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"task {i}"), done.Order());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_task_whose_handler_fails_twice_is_kept_in_a_queue_of_its_own(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var queue = NewName();
        var attempts = 0;
        var failed = new TaskCompletionSource<string>();
        await using var worker = await bus.ReceiveAsync(queue, (string _) =>
        {
            Interlocked.Increment(ref attempts);
            throw new InvalidOperationException("no good");
        });
        await using var failures = await bus.ReceiveAsync($"{queue}.failed", (string text) => failed.TrySetResult(text));

        await bus.SendAsync(queue, "poison");

        Assert.Equal("poison", await failed.Task.WaitAsync(Patience));
        Assert.Equal(2, attempts);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Every_subscriber_gets_what_is_published(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var logs = Exchange.Fanout(NewName());
        TaskCompletionSource<string> one = new(), other = new();
        await using var first = await bus.SubscribeAsync(logs, [""], (string text) => one.TrySetResult(text));
        await using var second = await bus.SubscribeAsync(logs, [""], (string text) => other.TrySetResult(text));

        await bus.PublishAsync(logs, "", "breaking news");

        Assert.Equal(["breaking news", "breaking news"], await Task.WhenAll(one.Task, other.Task).WaitAsync(Patience));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Keys_and_patterns_choose_what_a_subscriber_gets(BrokerKind broker)
    {
        await using var bus = await ConnectAsync(broker);
        var direct = Exchange.Direct(NewName());
        var topic = Exchange.Topic(NewName());
        var got = new ConcurrentQueue<string>();
        using var each = new SemaphoreSlim(0);
        await using var errors = await bus.SubscribeAsync(direct, ["error"], (string text) => Note($"error: {text}"));
        await using var kernel = await bus.SubscribeAsync(topic, ["kern.*"], (string text) => Note($"kern: {text}"));
        await using var critical = await bus.SubscribeAsync(topic, ["*.critical"], (string text) => Note($"critical: {text}"));

        await bus.PublishAsync(direct, "info", "fine");
        await bus.PublishAsync(direct, "error", "boom");
        await bus.PublishAsync(topic, "kern.critical", "panic");
        await bus.PublishAsync(topic, "cron.info", "tick");
        for (var i = 0; i < 3; i++)
            Assert.True(await each.WaitAsync(Patience));

        Assert.Equal(["critical: panic", "error: boom", "kern: panic"], got.Order());

        void Note(string what)
        {
            got.Enqueue(what);
            each.Release();
        }
    }

    private static string NewName() => $"patterns-{Guid.NewGuid():N}";

    private async Task<Bus> ConnectAsync(BrokerKind broker) => await Bus.ConnectAsync(await brokers.UriOfAsync(broker));
}
