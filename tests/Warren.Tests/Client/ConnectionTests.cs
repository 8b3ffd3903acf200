using Warren.Amqp;
using Warren.Client;

namespace Warren.Tests.Client;

public class ConnectionTests
{
    private readonly ScriptedBroker _broker = new();

    private ConnectionOptions Options => new() { InProcess = _broker };

    [Fact]
    public async Task A_connection_opens_and_closes_in_order()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        Assert.True(connection.ServerProperties.TryGet("product", out _));

        await connection.CloseAsync();

        Assert.Equal([MethodId.ConnectionStartOk, MethodId.ConnectionTuneOk, MethodId.ConnectionOpen, MethodId.ConnectionClose], _broker.Methods);
        Assert.Equal(ReplyCode.ReplySuccess, (await connection.Closed).ReplyCode);
    }

    [Fact]
    public async Task A_refused_login_says_so_and_is_no_connection_failure()
    {
        _broker.Answer = (id, _, _) => Refuse(id, MethodId.ConnectionStartOk, ReplyCode.AccessRefused, "Login was refused");

        var error = await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(Options));

        Assert.Equal("ACCESS_REFUSED - Login was refused", error.Message);
    }

    [Fact]
    public async Task An_unknown_virtual_host_says_so()
    {
        _broker.Answer = (id, _, _) => Refuse(id, MethodId.ConnectionOpen, ReplyCode.NotAllowed, "vhost nope not found");

        Assert.Equal(ReplyCode.NotAllowed, (await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync(Options))).ReplyCode);
    }

    [Fact]
    public async Task A_close_by_the_broker_ends_everything_with_its_words()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();

        _broker.Send(0, new ConnectionClose(320, "CONNECTION_FORCED - bye", 0, 0));

        Assert.Equal((ReplyCode.ConnectionForced, "CONNECTION_FORCED - bye"), ((await connection.Closed).ReplyCode, (await connection.Closed).Message));
        Assert.IsType<ConnectionClosedException>(await channel.Closed);
        Assert.Equal(MethodId.ConnectionCloseOk, _broker.Methods[^1]);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => connection.OpenChannelAsync());
        await Assert.ThrowsAsync<ConnectionClosedException>(() => channel.PublishAsync("", "q", default).AsTask());
    }

    [Fact]
    public async Task A_lost_network_fails_the_request_that_waits()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();
        _broker.Answer = (id, _, _) => id == MethodId.QueueDeclare;
        var declare = channel.DeclareQueueAsync("q");

        _broker.Drop();

        Assert.Equal(ReplyCode.None, (await Assert.ThrowsAsync<ConnectionClosedException>(() => declare)).ReplyCode);
    }

    [Fact]
    public async Task Blocked_and_unblocked_are_told()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var changes = new System.Collections.Concurrent.ConcurrentQueue<(bool, string)>();
        using var told = new SemaphoreSlim(0);
        connection.BlockedChanged += (blocked, reason) =>
        {
            changes.Enqueue((blocked, reason));
            told.Release();
        };

        _broker.Send(0, new ConnectionBlocked("low on memory"));
        Assert.Equal("low on memory", connection.BlockedReason);
        await told.WaitAsync(TestContext.Current.CancellationToken);
        _broker.Send(0, default(ConnectionUnblocked));
        await told.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(connection.IsBlocked);
        Assert.Equal([(true, "low on memory"), (false, "")], changes);
    }

    [Fact]
    public async Task Publishing_waits_while_the_broker_takes_no_messages()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();
        _broker.Send(0, new ConnectionBlocked("low on memory"));
        using var given = new CancellationTokenSource();

        var publish = channel.PublishAsync("", "q", new byte[1]);
        var givenUp = channel.PublishAsync("", "q", new byte[1], cancellationToken: given.Token);
        Assert.False(publish.IsCompleted);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await givenUp);
        _broker.Send(0, default(ConnectionUnblocked));

        await publish;
        await connection.CloseAsync();
    }

    [Fact]
    public async Task What_had_to_wait_leaves_in_the_order_of_the_calls()
    {
        const int count = 500;
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        _broker.Send(0, new ConnectionBlocked("low on memory"));
        using var given = new CancellationTokenSource();
        var publishes = Enumerable.Range(0, count).Select(number => (number % 3) switch
        {
            0 => channel.PublishAsync("", "q", BitConverter.GetBytes(number)).AsTask(),
            1 => channel.PublishConfirmedAsync("", "q", BitConverter.GetBytes(number)),
            _ => channel.PublishConfirmedAsync("", "q", BitConverter.GetBytes(number), cancellationToken: given.Token),
        }).ToList();

        await given.CancelAsync();
        _broker.Send(0, default(ConnectionUnblocked));
        await channel.PublishAsync("", "q", BitConverter.GetBytes(count)); // There is room: it does not overtake those who still wait.
        await channel.DeclareQueueAsync("q");

        Assert.Equal(Enumerable.Range(0, count + 1).Where(static number => number % 3 != 2 || number == count), _broker.Bodies.Select(static body => BitConverter.ToInt32(body)));
        _broker.Send(1, new BasicAck((ulong)_broker.Bodies.Count, Multiple: true));
        await Task.WhenAll(publishes.Where(static (_, number) => number % 3 != 2));
        Assert.All(publishes.Where(static (_, number) => number % 3 == 2), static publish => Assert.True(publish.IsCanceled));
        await connection.CloseAsync();
    }

    [Fact]
    public async Task Publishing_while_the_broker_takes_no_messages_ends_with_the_connection()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();
        _broker.Send(0, new ConnectionBlocked("low on memory"));
        var publish = channel.PublishAsync("", "q", new byte[1]);

        _broker.Drop();

        await Assert.ThrowsAsync<ConnectionClosedException>(async () => await publish);
    }

    [Theory]
    [InlineData("header without a method", new byte[] { 2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xCE })]
    [InlineData("body without a header", new byte[] { 3, 0, 1, 0, 0, 0, 1, 0, 0xCE })]
    [InlineData("unknown frame type", new byte[] { 9 })]
    [InlineData("a frame of 4 GiB", new byte[] { 3, 0, 1, 255, 255, 255, 255 })]
    [InlineData("a frame for a channel that is not open", new byte[] { 3, 0, 200, 0, 0, 0, 0, 0xCE })]
    [InlineData("a method nobody asked for", new byte[] { 1, 0, 1, 0, 0, 0, 4, 0, 50, 0, 21, 0xCE })]
    [InlineData("an unknown method", new byte[] { 1, 0, 1, 0, 0, 0, 4, 255, 255, 0, 1, 0xCE })]
    [InlineData("a short string longer than its frame", new byte[] { 1, 0, 1, 0, 0, 0, 6, 0, 60, 0, 30, 200, 1, 0xCE })]
    public async Task A_broker_that_breaks_the_protocol_is_left_with_a_reason(string what, byte[] octets)
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();

        _broker.SendRaw(octets);

        Assert.True(connection.Closed.IsCompleted, what);
        Assert.Contains("broke the protocol", (await connection.Closed).Message, StringComparison.Ordinal);
        Assert.True(channel.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_body_announced_as_huge_takes_no_memory_before_it_comes()
    {
        var connection = await AmqpConnection.ConnectAsync(Options);
        var channel = await connection.OpenChannelAsync();
        await channel.ConsumeAsync("q", (_, _) => default);
        var buffer = new FrameBuffer();
        buffer.WriteMethod(1, new BasicDeliver("tag", 1));
        byte[] header = [2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0xCE];
        byte[] body = [3, 0, 1, 0, 0, 0, 1, 0, 0xCE];

        var before = GC.GetAllocatedBytesForCurrentThread();
        _broker.SendRaw([.. buffer.WrittenSpan, .. header, .. body]);

        Assert.True(connection.IsOpen);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * 1024 * 1024);
    }

    [Fact]
    public async Task As_many_channels_as_agreed_and_then_a_clear_error()
    {
        var connection = await AmqpConnection.ConnectAsync(Options with { ChannelMax = 2 });
        var first = await connection.OpenChannelAsync();
        await connection.OpenChannelAsync();

        Assert.Contains("All 2 channels", (await Assert.ThrowsAsync<AmqpException>(() => connection.OpenChannelAsync())).Message, StringComparison.Ordinal);
        await first.CloseAsync();
        await connection.OpenChannelAsync();
    }

    [Fact]
    public void Reconnect_delays_double_up_to_the_longest_and_keep_half_their_length()
    {
        var policy = new ReconnectPolicy { FirstDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(30) };

        Assert.Equal(TimeSpan.FromMilliseconds(50), policy.DelayBefore(0, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(100), policy.DelayBefore(0, 1));
        Assert.Equal(TimeSpan.FromMilliseconds(800), policy.DelayBefore(3, 1));
        Assert.Equal(TimeSpan.FromSeconds(30), policy.DelayBefore(1000, 1));
    }

    private bool Refuse(MethodId id, MethodId at, ReplyCode code, string text)
    {
        if (id != at)
            return false;
        _broker.Send(0, new ConnectionClose((ushort)code, code.ReplyText(text), 0, 0));
        return true;
    }
}
