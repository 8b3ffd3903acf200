using Warren.Amqp;

namespace Warren.Tests.Engine;

public sealed class PublishTests : IDisposable
{
    private const string TooManyLookups = "invalid message: 1024 further routing keys are too many for the exchanges on its way";

    private readonly EngineHarness _broker = new();
    private TestChannel _channel;

    public PublishTests()
    {
        _channel = _broker.OpenChannel();
        _channel.DeclareQueue("q");
    }

    public void Dispose() => _broker.Dispose();

    /// <summary>Row 108.</summary>
    [Fact]
    public void A_batch_is_confirmed_with_one_ack()
    {
        Confirm();
        _broker.Batch(() =>
        {
            for (var i = 0; i < 200; i++)
                _channel.Publish("x", "q");
        });
        Assert.Equal(new BasicAck(200, true), _channel.Expect<BasicAck>());
        _channel.Publish("x", "nowhere");
        Assert.Equal(new BasicAck(201, false), _channel.Expect<BasicAck>());
        _channel.ExpectNothing();
    }

    // With a copy of the headers for each of them it would take hours.
    [Fact]
    public void A_million_headers_BCC_are_taken_out_in_one_pass()
    {
        var channel = _broker.Connect(frameMax: 16 * 1024 * 1024).OpenChannel();
        channel.DeclareQueue("hidden");
        var octets = new List<byte>(FieldTable.Create(("before", 1), ("BCC", new[] { "hidden" })).Octets.ToArray());
        for (var i = 0; i < 1_000_000; i++)
            octets.AddRange("\u0003BCCV"u8);
        octets.AddRange(FieldTable.Create(("between", 2)).Octets.ToArray());
        octets.AddRange(FieldTable.Create(("BCC", new[] { "nobody" }), ("after", 3)).Octets.ToArray());

        channel.Publish("x", "nowhere", properties: new BasicProperties { Headers = FieldTable.FromOctets(octets.ToArray()), AppId = "app" });

        var (_, content) = channel.Get("hidden", noAck: true)!.Value;
        Assert.Equal("before=1\nbetween=2\nafter=3", HeaderText.Of(content.Properties.Headers).ReplaceLineEndings("\n"));
        Assert.Equal("app", content.Properties.AppId.ToString());
        Assert.Equal("x", content.Body);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Further_keys_times_exchanges_are_bounded(int exchanges, bool isTaken)
    {
        Chain(exchanges);
        _channel.Publish("x", "k", "x1", properties: Copies(1024));
        if (!isTaken)
            _channel.ExpectClose(ReplyCode.PreconditionFailed, TooManyLookups, MethodId.BasicPublish);
        Assert.Equal(isTaken ? 1 : 0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_message_without_further_keys_may_pass_more_exchanges()
    {
        Chain(300);
        _channel.Publish("x", "k", "x1");
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_commit_ends_at_a_message_with_too_many_ways()
    {
        Chain(300);
        _channel.Ask<TxSelect, TxSelectOk>(default);
        _channel.Publish("first", "q");
        _channel.Publish("x", "k", "x1", properties: Copies(1024));
        _channel.Publish("last", "q");
        _channel.Send(default(TxCommit));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, TooManyLookups, MethodId.TxCommit);
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_dead_letter_with_too_many_ways_is_gone()
    {
        Chain(300);
        _channel.DeclareQueue("dying", arguments: FieldTable.Create(("x-message-ttl", 0), ("x-dead-letter-exchange", "x1")));
        _channel.Publish("x", "dying", properties: Copies(1024));
        Assert.Equal(0, _broker.Queue("dying").Ready);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void A_return_comes_before_its_confirm()
    {
        Confirm();
        _broker.Batch(() =>
        {
            _channel.Publish("first", "q", mandatory: true);
            _channel.Publish("lost", "nowhere", "amq.direct", mandatory: true);
        });
        Assert.Equal(new BasicReturn(312, "NO_ROUTE", "amq.direct", "nowhere"), _channel.Expect<BasicReturn>());
        Assert.Equal("lost", _channel.ExpectContent().Body);
        Assert.Equal(new BasicAck(2, true), _channel.Expect<BasicAck>());
    }

    [Fact]
    public void Confirms_come_before_the_close_of_their_channel()
    {
        Confirm();
        _broker.Batch(() =>
        {
            _channel.Publish("x", "q");
            _channel.Publish("x", "q", "missing");
        });
        Assert.Equal(new BasicAck(1, false), _channel.Expect<BasicAck>());
        _channel.ExpectClose(ReplyCode.NotFound, "no exchange 'missing' in vhost '/'", MethodId.BasicPublish);
    }

    [Fact]
    public void Confirms_come_before_close_ok()
    {
        Confirm();
        _broker.Batch(() =>
        {
            _channel.Publish("x", "q");
            _channel.Connection.Send(0, new ConnectionClose(200, "Goodbye"));
        });
        Assert.Equal(new BasicAck(1, false), _channel.Expect<BasicAck>());
        _channel.Connection.Zero.Expect<ConnectionCloseOk>();
        Assert.Equal([1, 1, 1, 1, 0], _channel.Connection.Order);
    }

    [Fact]
    public void Immediate_closes_the_connection_with_540()
    {
        _channel.Send(new BasicPublish("", "q", Immediate: true));
        _channel.Connection.ExpectClose(ReplyCode.NotImplemented, "immediate=true", MethodId.BasicPublish);
    }

    [Theory]
    [InlineData("abc", "no_integer")]
    [InlineData("", "no_integer")]
    [InlineData(" 5", "no_integer")]
    [InlineData("-", "no_integer")]
    [InlineData("-5", "{value_negative,-5}")]
    [InlineData("1.5", "{leftover_string,\".5\"}")]
    [InlineData("5abc", "{leftover_string,\"abc\"}")]
    [InlineData("315360000001", "{value_too_large,315360000001}")]
    [InlineData("99999999999999999999", "{value_too_large,99999999999999999999}")]
    public void An_expiration_that_is_no_time_closes_the_channel(string expiration, string why)
    {
        _channel.Publish("x", "q", properties: new BasicProperties { Expiration = expiration });
        _channel.ExpectClose(ReplyCode.PreconditionFailed, $"invalid expiration '{expiration}': {why}", MethodId.BasicPublish);
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("+7", 7)]
    [InlineData("0000000000000005", 5)]
    [InlineData("315360000000", 315360000000)]
    public void An_expiration_in_range_is_taken(string expiration, long ms)
    {
        _channel.Publish("x", "q", properties: new BasicProperties { Expiration = expiration });
        Assert.Equal(ms == 0 ? 0 : 1, _broker.Queue("q").Ready);
        _broker.Advance(TimeSpan.FromMilliseconds(Math.Max(0, ms - 1)));
        Assert.Equal(ms == 0 ? 0 : 1, _broker.Queue("q").Ready);
        _broker.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Row_114_no_timestamp_and_no_header_is_added()
    {
        _channel.Publish("x", "q", properties: new BasicProperties { Type = "t" });
        Assert.Equal(PropertyFlags.Type, _channel.Get("q")!.Value.Content.Properties.Flags);
    }

    [Fact]
    public void A_user_id_has_to_be_the_login()
    {
        _channel.Publish("x", "q", properties: new BasicProperties { UserId = "guest" });
        Assert.Equal(1, _broker.Queue("q").Ready);
        _channel.Publish("x", "q", properties: new BasicProperties { UserId = "bob" });
        _channel.ExpectClose(
            ReplyCode.PreconditionFailed, "user_id property set to 'bob' but authenticated user was 'guest'", MethodId.BasicPublish);
    }

    [Fact]
    public void Nothing_of_a_transaction_is_seen_before_its_commit()
    {
        _channel.Ask<TxSelect, TxSelectOk>(default);
        _channel.Publish("a", "q");
        _channel.Publish("lost", "nowhere", mandatory: true);
        Assert.Equal(0, _broker.Queue("q").Ready);
        _channel.ExpectNothing();
        _channel.Send(default(TxCommit));
        _channel.Expect<BasicReturn>();
        _channel.ExpectContent();
        _channel.Expect<TxCommitOk>();
        Assert.Equal(1, _broker.Queue("q").Ready);
        _channel.Publish("b", "q");
        _channel.Ask<TxRollback, TxRollbackOk>(default);
        Assert.Equal(1, _broker.Queue("q").Ready);
    }

    [Fact]
    public void Rollback_of_an_ack_leaves_the_delivery_unacknowledged()
    {
        _channel.Publish("a", "q");
        _channel.Publish("b", "q");
        _channel.Ask<TxSelect, TxSelectOk>(default);
        _channel.Get("q");
        _channel.Get("q");
        _channel.Send(new BasicAck(2, Multiple: true));
        Assert.Equal(2, _broker.Queue("q").Unacknowledged);
        _channel.Ask<TxRollback, TxRollbackOk>(default);
        Assert.Equal(2, _broker.Queue("q").Unacknowledged);
        _channel.Send(new BasicAck(1));
        _channel.Send(new BasicReject(2, Requeue: true));
        _channel.Ask<TxCommit, TxCommitOk>(default);
        Assert.Equal((1, 0), (_broker.Queue("q").Ready, _broker.Queue("q").Unacknowledged));
    }

    [Fact]
    public void An_ack_twice_in_a_transaction_closes_the_channel_and_gives_everything_back()
    {
        _channel.Publish("a", "q");
        _channel.Ask<TxSelect, TxSelectOk>(default);
        _channel.Get("q");
        _channel.Publish("b", "q");
        _channel.Send(new BasicAck(1));
        _channel.Ask<BasicRecover, BasicRecoverOk>(new BasicRecover(true));
        _channel.Send(new BasicAck(1));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "unknown delivery tag 1", MethodId.BasicAck);
        Assert.Equal((1, 0), (_broker.Queue("q").Ready, _broker.Queue("q").Unacknowledged));
    }

    [Fact]
    public void Confirms_and_transactions_exclude_each_other()
    {
        Confirm();
        _channel.Send(default(TxSelect));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "cannot switch from confirm to tx mode", MethodId.TxSelect);
        _channel = _channel.Connection.OpenChannel(1);
        _channel.Ask<TxSelect, TxSelectOk>(default);
        _channel.Send(new ConfirmSelect());
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "cannot switch from tx to confirm mode", MethodId.ConfirmSelect);
        _channel = _channel.Connection.OpenChannel(1);
        _channel.Send(default(TxCommit));
        _channel.ExpectClose(ReplyCode.PreconditionFailed, "channel is not transactional", MethodId.TxCommit);
    }

    private void Confirm() => _channel.Ask<ConfirmSelect, ConfirmSelectOk>(new ConfirmSelect());

    private static BasicProperties Copies(int count) =>
        new() { Headers = FieldTable.Create(("CC", Enumerable.Range(0, count).Select(i => $"cc{i}").ToArray())) };

    private void Chain(int exchanges)
    {
        for (var i = 1; i <= exchanges; i++)
            _channel.DeclareExchange($"x{i}", "fanout");
        for (var i = 1; i < exchanges; i++)
            _channel.Ask<ExchangeBind, ExchangeBindOk>(new ExchangeBind($"x{i + 1}", $"x{i}", "", false, default));
        _channel.Bind("q", $"x{exchanges}");
    }
}
