using System.Collections.Concurrent;
using Warren.Amqp;
using Warren.Client;
using Warren.Tests.Calls;

namespace Warren.Tests.Patterns;

public sealed class PatternTests : IAsyncLifetime
{
    private readonly BlockingQueue _got = new();
    private BoxedBroker _broker = null!;
    private Bus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await BoxedBroker.StartAsync();
        _bus = await _broker.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task What_is_sent_is_received_whoever_comes_first()
    {
        await _bus.SendAsync("hello", "early", cancellationToken: Cancelled);
        await using var receiver = await _bus.ReceiveAsync<string>("hello", _got.Add, cancellationToken: Cancelled);
        await _bus.SendAsync("hello", "late", cancellationToken: Cancelled);

        Assert.Equal(["early", "late"], await _got.TakeAsync(2));
    }

    [Fact]
    public async Task Workers_share_the_tasks_and_a_busy_one_gets_no_second()
    {
        var release = new TaskCompletionSource();
        var busy = new TaskCompletionSource();
        await using var slow = await _bus.ReceiveAsync("tasks", async (string text) =>
        {
            busy.TrySetResult();
            await release.Task;
            _got.Add("slow " + text);
        }, cancellationToken: Cancelled);
        await _bus.SendAsync("tasks", "1", cancellationToken: Cancelled);
        await busy.Task;
        await using var fast = await _bus.ReceiveAsync("tasks", (string text) => _got.Add("fast " + text), cancellationToken: Cancelled);
        for (var i = 2; i <= 4; i++)
            await _bus.SendAsync("tasks", i, cancellationToken: Cancelled);

        Assert.Equal(["fast 2", "fast 3", "fast 4"], await _got.TakeAsync(3));
        release.SetResult();
        Assert.Equal(["slow 1"], await _got.TakeAsync(1));
    }

    [Fact]
    public async Task A_task_whose_handler_fails_once_is_done_again()
    {
        var attempts = 0;
        await using var worker = await _bus.ReceiveAsync("retry", (string text) =>
        {
            if (++attempts == 1)
                throw new InvalidOperationException("not today");
            _got.Add(text);
        }, cancellationToken: Cancelled);

        await _bus.SendAsync("retry", "task", cancellationToken: Cancelled);

        Assert.Equal(["task"], await _got.TakeAsync(1));
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task A_task_that_fails_again_moves_aside_with_its_reason_and_the_next_one_follows()
    {
        await using var worker = await _bus.ReceiveAsync("poison", (string text) =>
        {
            if (text == "bad")
                throw new InvalidOperationException("cannot digest");
            _got.Add(text);
        }, cancellationToken: Cancelled);

        await _bus.SendAsync("poison", "bad", new SendOptions { Properties = new BasicProperties { MessageId = "m1" } }, Cancelled);
        await _bus.SendAsync("poison", "good", cancellationToken: Cancelled);

        Assert.Equal(["good"], await _got.TakeAsync(1));
        var failed = await NextAsync("poison.failed");
        Assert.Equal("bad", failed.Text());
        Assert.Equal("cannot digest", failed.Properties.Headers.ToDictionary()["failed-reason"]);
        Assert.Equal("m1", failed.Properties.MessageId.ToString());
    }

    [Fact]
    public async Task A_body_that_cannot_be_decoded_moves_aside_at_once()
    {
        await using var worker = await _bus.ReceiveAsync("numbers", (int n) => _got.Add($"{n}"), cancellationToken: Cancelled);

        await _bus.SendAsync("numbers", "NaN", cancellationToken: Cancelled);
        await _bus.SendAsync("numbers", 5, cancellationToken: Cancelled);

        Assert.Equal(["5"], await _got.TakeAsync(1));
        Assert.Equal("NaN", (await NextAsync("numbers.failed")).Text());
    }

    [Fact]
    public async Task A_task_is_persistent_in_a_durable_queue_and_where_that_is_asked()
    {
        await _bus.SendAsync(Queue.Durable("kept"), "x", cancellationToken: Cancelled);
        await _bus.SendAsync("asked", "x", new SendOptions { IsPersistent = true }, Cancelled);
        await _bus.SendAsync("plain", "x", cancellationToken: Cancelled);

        Assert.Equal(2, (await NextAsync("kept")).Properties.DeliveryMode);
        Assert.Equal(2, (await NextAsync("asked")).Properties.DeliveryMode);
        Assert.Equal(0, (await NextAsync("plain")).Properties.DeliveryMode);
    }

    [Fact]
    public async Task Every_subscriber_gets_what_is_published()
    {
        await using var one = await _bus.SubscribeAsync(Exchange.Fanout("logs"), [""], (string text) => _got.Add("1 " + text), cancellationToken: Cancelled);
        await using var two = await _bus.SubscribeAsync(Exchange.Fanout("logs"), [""], (string text) => _got.Add("2 " + text), cancellationToken: Cancelled);

        await _bus.PublishAsync(Exchange.Fanout("logs"), "", "news", cancellationToken: Cancelled);

        Assert.Equal(["1 news", "2 news"], (await _got.TakeAsync(2)).Order());
    }

    [Fact]
    public async Task Routing_keys_select_and_patterns_match()
    {
        await using var direct = await _bus.SubscribeAsync(Exchange.Direct("logs_direct"), ["warning", "error"], (string text) => _got.Add(text), cancellationToken: Cancelled);
        await using var topic = await _bus.SubscribeAsync<Message>(Exchange.Topic("logs_topic"), ["kern.*"], m => _got.Add(m.RoutingKey + ":" + m.Text), cancellationToken: Cancelled);

        await _bus.PublishAsync(Exchange.Direct("logs_direct"), "info", "no", cancellationToken: Cancelled);
        await _bus.PublishAsync(Exchange.Direct("logs_direct"), "error", "boom", cancellationToken: Cancelled);
        await _bus.PublishAsync(Exchange.Topic("logs_topic"), "cron.critical", "no", cancellationToken: Cancelled);
        await _bus.PublishAsync(Exchange.Topic("logs_topic"), "kern.critical", "panic", cancellationToken: Cancelled);

        Assert.Equal(["boom", "kern.critical:panic"], (await _got.TakeAsync(2)).Order());
    }

    [Fact]
    public async Task Publishing_to_nobody_is_an_error_only_where_that_is_asked()
    {
        await _bus.PublishAsync(Exchange.Fanout("void"), "", "x", cancellationToken: Cancelled);

        await Assert.ThrowsAsync<MessageReturnedException>(
            () => _bus.PublishAsync(Exchange.Fanout("void"), "", "x", new SendOptions { IsMandatory = true }, Cancelled));
    }

    [Fact]
    public async Task A_queue_that_is_there_with_other_properties_is_refused_and_the_bus_goes_on()
    {
        await _bus.SendAsync(Queue.Durable("mine"), "x", cancellationToken: Cancelled);

        var error = await Assert.ThrowsAsync<ChannelClosedException>(() => _bus.SendAsync("mine", "x", cancellationToken: Cancelled));
        await _bus.SendAsync(Queue.Existing("mine"), "x", cancellationToken: Cancelled);

        Assert.Equal(ReplyCode.PreconditionFailed, error.ReplyCode);
    }

    [Fact]
    public async Task A_subscription_comes_back_after_a_lost_connection()
    {
        await using var receiver = await _bus.ReceiveAsync<string>("steady", _got.Add, cancellationToken: Cancelled);
        await using var subscriber = await _bus.SubscribeAsync<string>(Exchange.Fanout("steady"), [""], _got.Add, cancellationToken: Cancelled);

        _broker.CutAll();
        while (_bus.Statistics.Reconnects == 0)
            await Task.Yield();
        await _bus.SendAsync("steady", "queue", cancellationToken: Cancelled);
        await _bus.PublishAsync(Exchange.Fanout("steady"), "", "exchange", cancellationToken: Cancelled);

        Assert.Equal(["exchange", "queue"], (await _got.TakeAsync(2)).Order());
    }

    [Fact]
    public async Task A_disposed_receiver_takes_no_more()
    {
        var receiver = await _bus.ReceiveAsync<string>("end", _got.Add, cancellationToken: Cancelled);
        await receiver.DisposeAsync();

        await _bus.SendAsync("end", "left", cancellationToken: Cancelled);

        Assert.Equal("left", (await NextAsync("end")).Text());
    }

    private async Task<Delivery> NextAsync(string queue)
    {
        await using var client = await _broker.ConnectClientAsync();
        while (true)
        {
            try
            {
                var channel = await client.OpenChannelAsync(Cancelled);
                if (await channel.GetAsync(queue, noAck: true, Cancelled) is { } delivery)
                    return delivery;
                await channel.CloseAsync(Cancelled);
            }
            catch (ChannelClosedException)
            {
                // Not declared yet.
            }
        }
    }

    private sealed class BlockingQueue
    {
        private readonly ConcurrentQueue<string> _items = new();
        private readonly SemaphoreSlim _count = new(0);

        public void Add(string item)
        {
            _items.Enqueue(item);
            _count.Release();
        }

        public async Task<List<string>> TakeAsync(int count)
        {
            var taken = new List<string>();
            for (var i = 0; i < count; i++)
            {
                await _count.WaitAsync(Cancelled);
                Assert.True(_items.TryDequeue(out var item));
                taken.Add(item);
            }
            return taken;
        }
    }
}

internal static class DeliveryText
{
    public static string Text(this Delivery delivery) => System.Text.Encoding.UTF8.GetString(delivery.Body.Span);
}
