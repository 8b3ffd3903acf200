using System.Text;
using Warren.Amqp;
using Warren.Client;

namespace Warren.Tests.Client;

public class ChannelTests : IAsyncLifetime
{
    private readonly ScriptedBroker _broker = new();
    private AmqpConnection _connection = null!;
    private AmqpChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _connection = await AmqpConnection.ConnectAsync(new ConnectionOptions { InProcess = _broker });
        _channel = await _connection.OpenChannelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_answer_keeps_its_values_after_the_buffer_is_used_again()
    {
        var ok = await _channel.DeclareQueueAsync("q");
        await _channel.DeclareQueueAsync("other");

        Assert.Equal(new QueueDeclareOk("q", 3, 1), ok);
    }

    [Fact]
    public async Task A_channel_error_closes_the_channel_with_the_brokers_words_and_leaves_the_connection()
    {
        _broker.Answer = (id, channel, _) =>
        {
            if (id != MethodId.QueueDeclare)
                return false;
            _broker.Send(channel, new ChannelClose(404, "NOT_FOUND - no queue 'x' in vhost '/'", 50, 10));
            return true;
        };

        var error = await Assert.ThrowsAsync<ChannelClosedException>(() => _channel.DeclareQueuePassiveAsync("x"));

        Assert.Equal((ReplyCode.NotFound, MethodId.QueueDeclare), (error.ReplyCode, error.Cause));
        Assert.Equal(MethodId.ChannelCloseOk, _broker.Methods[^1]);
        Assert.True(_connection.IsOpen);
        await Assert.ThrowsAsync<ChannelClosedException>(() => _channel.DeclareQueueAsync("y"));
    }

    [Fact]
    public async Task What_is_published_on_a_closed_channel_fails_by_its_task()
    {
        await _channel.EnableConfirmsAsync();
        _broker.Send(1, new ChannelClose(404, "NOT_FOUND - no exchange 'x' in vhost '/'", 60, 40));
        await _channel.Closed;

        var publish = _channel.PublishAsync("x", "q", default);
        var confirmed = _channel.PublishConfirmedAsync("x", "q", default);

        await Assert.ThrowsAsync<ChannelClosedException>(() => publish.AsTask());
        await Assert.ThrowsAsync<ChannelClosedException>(() => confirmed);
    }

    [Fact]
    public async Task Confirms_complete_singly_in_any_order_and_many_at_once()
    {
        await _channel.EnableConfirmsAsync();
        var publishes = Enumerable.Range(0, 1000).Select(_ => _channel.PublishConfirmedAsync("", "q", default)).ToList();

        _broker.Send(1, new BasicAck(3));
        _broker.Send(1, new BasicNack(2));
        await publishes[2];
        await Assert.ThrowsAsync<PublishNackedException>(() => publishes[1]);
        Assert.False(publishes[0].IsCompleted);

        _broker.Send(1, new BasicAck(999, Multiple: true));
        await Task.WhenAll(publishes.Where((_, i) => i is not 1 and not 999));

        Assert.False(publishes[999].IsCompleted);
        _channel.Connection.Fail(new IOException("gone"));
        await Assert.ThrowsAsync<ConnectionClosedException>(() => publishes[999]);
    }

    [Fact]
    public async Task Publishes_that_nobody_waits_for_are_counted_too()
    {
        await _channel.EnableConfirmsAsync();
        await _channel.PublishAsync("", "q", default);
        var second = _channel.PublishConfirmedAsync("", "q", default);

        _broker.Send(1, new BasicAck(1));
        await _channel.DeclareQueueAsync("q");
        Assert.False(second.IsCompleted);
        _broker.Send(1, new BasicAck(2));

        await second;
    }

    [Fact]
    public async Task A_returned_message_fails_its_own_publish_only()
    {
        await _channel.EnableConfirmsAsync();
        var plain = _channel.PublishConfirmedAsync("", "nope", "a"u8.ToArray());
        var other = _channel.PublishConfirmedAsync("", "nope", "b"u8.ToArray(), mandatory: true);
        var returned = _channel.PublishConfirmedAsync("", "nope", "c"u8.ToArray(), mandatory: true);

        _broker.SendContent(1, new BasicReturn(312, "NO_ROUTE", "", "nope"), BasicProperties.Empty, "c"u8.ToArray());
        _broker.Send(1, new BasicAck(3, Multiple: true));

        await plain;
        await other;
        Assert.Equal("nope", (await Assert.ThrowsAsync<MessageReturnedException>(() => returned)).RoutingKey);
    }

    [Fact]
    public async Task Publishing_with_confirms_without_confirm_mode_says_what_to_call() =>
        Assert.Contains("EnableConfirmsAsync", (await Assert.ThrowsAsync<InvalidOperationException>(() => _channel.PublishConfirmedAsync("", "q", default))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Deliveries_are_handled_in_order_and_own_their_octets()
    {
        var bodies = new List<string>();
        var all = new TaskCompletionSource();
        await _channel.ConsumeAsync("q", (delivery, _) =>
        {
            bodies.Add($"{delivery.DeliveryTag} {delivery.Exchange}/{delivery.RoutingKey} {delivery.Properties.MessageId} {Encoding.UTF8.GetString(delivery.Body.Span)}");
            if (bodies.Count == 300)
                all.SetResult();
            return default;
        });

        for (var i = 1; i <= 300; i++)
            _broker.SendContent(1, new BasicDeliver("tag", (ulong)i, false, "x", "k"), new BasicProperties { MessageId = $"m{i}" }, Encoding.UTF8.GetBytes($"body {i}"));
        await all.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 300).Select(i => $"{i} x/k m{i} body {i}"), bodies);
    }

    [Fact]
    public async Task A_message_in_many_frames_and_many_segments_is_put_together()
    {
        var body = new byte[200_000];
        new Random(7).NextBytes(body);
        var received = new TaskCompletionSource<Delivery>();
        await _channel.ConsumeAsync("q", (delivery, _) =>
        {
            received.SetResult(delivery);
            return default;
        });
        var frames = new FrameBuffer();
        frames.WriteContent(1, new BasicDeliver("tag", 1, true, "ex", "key"), new BasicProperties { CorrelationId = "c" }, body, 4096);
        var octets = frames.Written.ToArray();

        for (var position = 0; position < octets.Length; position += 7)
            _broker.SendRaw(octets[position..Math.Min(octets.Length, position + 7)]);

        var delivery = await received.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("ex", "key", "c", true), (delivery.Exchange, delivery.RoutingKey.ToString(), delivery.Properties.CorrelationId.ToString(), delivery.Redelivered));
        Assert.True(body.AsSpan().SequenceEqual(delivery.Body.Span));
    }

    [Fact]
    public async Task A_handler_that_throws_gives_the_delivery_back_once_and_then_keeps_it()
    {
        using var handled = new SemaphoreSlim(0);
        await _channel.ConsumeAsync("q", (_, _) =>
        {
            handled.Release();
            throw new InvalidOperationException("no");
        });

        _broker.SendContent(1, new BasicDeliver("tag", 1, Redelivered: true), BasicProperties.Empty, []);
        _broker.SendContent(1, new BasicDeliver("tag", 2), BasicProperties.Empty, []);
        await handled.WaitAsync(TestContext.Current.CancellationToken);
        await handled.WaitAsync(TestContext.Current.CancellationToken);
        await _channel.DeclareQueueAsync("q"); // Whatever the handlers wrote was written before this.

        Assert.InRange(_broker.Methods.Count(id => id == MethodId.BasicNack), 0, 1);
    }

    [Fact]
    public async Task A_consumer_cancelled_by_the_broker_is_told()
    {
        var ended = new TaskCompletionSource<Exception>();
        await _channel.ConsumeAsync("q", (_, _) => default, new ConsumeOptions { Ended = ended.SetResult });

        _broker.Send(1, new BasicCancel("tag", NoWait: true));

        Assert.Contains("cancelled consumer 'tag'", (await ended.Task.WaitAsync(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_runner_writes_leaves_in_one_send()
    {
        var done = new TaskCompletionSource();
        await _channel.ConsumeAsync("q", (delivery, _) =>
        {
            delivery.Ack();
            Assert.True(_channel.PublishAsync("", "other", default).IsCompleted);
            if (delivery.DeliveryTag == 50)
                done.SetResult();
            return default;
        }, new ConsumeOptions { Concurrency = 1 });
        var frames = new FrameBuffer();
        for (var i = 1; i <= 50; i++)
            frames.WriteContent(1, new BasicDeliver("tag", (ulong)i), BasicProperties.Empty, default, 4096);
        var writesBefore = _broker.Writes;

        _broker.SendRaw(frames.Written.ToArray());
        await done.Task.WaitAsync(TestContext.Current.CancellationToken);
        await _channel.DeclareQueueAsync("q");

        Assert.Equal(50, _broker.Methods.Count(id => id == MethodId.BasicAck));
        Assert.InRange(_broker.Writes - writesBefore, 1, 25); // 100 without scopes; how few depends on how fast the handlers are.
    }
}
