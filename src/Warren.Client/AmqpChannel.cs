using Warren.Amqp;

namespace Warren.Client;

/// <summary>
/// A channel (AMQP 0-9-1 section 2.2.5). Every member may be used from any thread; methods that wait for an answer take turns. An error of
/// the channel closes it and nothing else: open another one.
/// </summary>
public sealed class AmqpChannel : IAsyncDisposable
{
    private readonly ChannelTable _table;
    private readonly ChannelRequests _requests;
    private readonly LastName _exchange = new();
    private readonly PublisherLine _line = new();
    private readonly TaskCompletionSource<Exception> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _reason; // Why it is closed; the first reason stays.

    internal AmqpChannel(AmqpConnection connection, ushort number, ChannelTable table)
    {
        Connection = connection;
        Number = number;
        _table = table;
        Inbox = new ChannelInbox(this, table);
        _requests = new ChannelRequests(connection, number, Inbox);
    }

    /// <summary>Raised on a pool thread for a mandatory message that came back and that was not published by <see cref="PublishConfirmedAsync"/>.</summary>
    public event Action<ReturnedMessage>? MessageReturned;

    /// <summary>The connection it belongs to.</summary>
    public AmqpConnection Connection { get; }

    /// <summary>Its number on the wire.</summary>
    public int Number { get; }

    /// <summary>True until it is closed from either side.</summary>
    public bool IsOpen => Volatile.Read(ref _reason) is null;

    /// <summary>Completes with the reason when the channel has ended: <see cref="ChannelClosedException"/> or <see cref="ConnectionClosedException"/>. Never faults.</summary>
    public Task<Exception> Closed => _closed.Task;

    internal ChannelInbox Inbox { get; }

    internal ConfirmWindow? Confirms { get; private set; }

    /// <summary>Takes returned messages on the receiving thread, in place of <see cref="MessageReturned"/>.</summary>
    internal ReturnSink? Returns { get; set; }

    internal bool HasRoom => Connection.Outbox.HasRoom;

    /// <summary>Creates a queue or finds the equal one that is there (queue.declare). An empty name asks the broker for one.</summary>
    /// <exception cref="ChannelClosedException">405 or 406: the queue exists and is exclusive or different.</exception>
    public Task<QueueDeclareOk> DeclareQueueAsync(
        string queue = "", bool durable = false, bool exclusive = false, bool autoDelete = false, FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<QueueDeclare, QueueDeclareOk>(new(queue, Durable: durable, Exclusive: exclusive, AutoDelete: autoDelete, Arguments: arguments), cancellationToken);

    /// <summary>Asks for a queue's messages and consumers without creating it.</summary>
    /// <exception cref="ChannelClosedException">404: there is no such queue.</exception>
    public Task<QueueDeclareOk> DeclareQueuePassiveAsync(string queue, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<QueueDeclare, QueueDeclareOk>(new(queue, Passive: true), cancellationToken);

    /// <summary>Deletes a queue; returns how many ready messages went with it. A queue that does not exist is no error.</summary>
    /// <exception cref="ChannelClosedException">406: in use or not empty, where that was asked.</exception>
    public async Task<uint> DeleteQueueAsync(string queue, bool ifUnused = false, bool ifEmpty = false, CancellationToken cancellationToken = default) =>
        (await _requests.RequestAsync<QueueDelete, QueueDeleteOk>(new(queue, ifUnused, ifEmpty), cancellationToken).ConfigureAwait(false)).MessageCount;

    /// <summary>Drops every ready message of a queue; returns how many.</summary>
    /// <exception cref="ChannelClosedException">404: there is no such queue.</exception>
    public async Task<uint> PurgeQueueAsync(string queue, CancellationToken cancellationToken = default) =>
        (await _requests.RequestAsync<QueuePurge, QueuePurgeOk>(new(queue), cancellationToken).ConfigureAwait(false)).MessageCount;

    /// <summary>Binds a queue to an exchange.</summary>
    /// <exception cref="ChannelClosedException">404: no such queue or exchange.</exception>
    public Task BindQueueAsync(string queue, string exchange, string routingKey = "", FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<QueueBind, QueueBindOk>(new(queue, exchange, routingKey, Arguments: arguments), cancellationToken);

    /// <summary>Removes a binding of a queue; one that does not exist is no error.</summary>
    public Task UnbindQueueAsync(string queue, string exchange, string routingKey = "", FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<QueueUnbind, QueueUnbindOk>(new(queue, exchange, routingKey, arguments), cancellationToken);

    /// <summary>Creates an exchange or finds the equal one that is there (exchange.declare).</summary>
    /// <param name="exchange">The name; <c>amq.</c> at its start is reserved.</param>
    /// <param name="type">direct, fanout, topic or headers, or what the broker knows besides.</param>
    /// <param name="durable">Survives a restart of the broker.</param>
    /// <param name="autoDelete">Goes with its last binding.</param>
    /// <param name="internal">Takes messages from other exchanges only.</param>
    /// <param name="arguments">Such as <c>alternate-exchange</c>.</param>
    /// <param name="cancellationToken">Stops the waiting, not the broker.</param>
    /// <exception cref="ChannelClosedException">403 or 406: reserved, or different from the one that exists.</exception>
    public Task DeclareExchangeAsync(
        string exchange, string type, bool durable = false, bool autoDelete = false, bool @internal = false, FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<ExchangeDeclare, ExchangeDeclareOk>(new(exchange, type, Durable: durable, AutoDelete: autoDelete, Internal: @internal, Arguments: arguments), cancellationToken);

    /// <summary>Checks that an exchange exists.</summary>
    /// <exception cref="ChannelClosedException">404: it does not.</exception>
    public Task DeclareExchangePassiveAsync(string exchange, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<ExchangeDeclare, ExchangeDeclareOk>(new(exchange, "direct", Passive: true), cancellationToken);

    /// <summary>Deletes an exchange; one that does not exist is no error.</summary>
    public Task DeleteExchangeAsync(string exchange, bool ifUnused = false, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<ExchangeDelete, ExchangeDeleteOk>(new(exchange, ifUnused), cancellationToken);

    /// <summary>Binds an exchange to an exchange (https://www.rabbitmq.com/docs/e2e).</summary>
    public Task BindExchangeAsync(string destination, string source, string routingKey = "", FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<ExchangeBind, ExchangeBindOk>(new(destination, source, routingKey, Arguments: arguments), cancellationToken);

    /// <summary>Removes a binding between exchanges.</summary>
    public Task UnbindExchangeAsync(string destination, string source, string routingKey = "", FieldTable arguments = default, CancellationToken cancellationToken = default) =>
        _requests.RequestAsync<ExchangeUnbind, ExchangeUnbindOk>(new(destination, source, routingKey, Arguments: arguments), cancellationToken);

    /// <summary>Limits how many deliveries may be unacknowledged.</summary>
    /// <param name="count">0 to 65535; 0 is no limit.</param>
    /// <param name="global">False: for each consumer started from now on. True: for the whole channel.</param>
    /// <param name="cancellationToken">Stops the waiting, not the broker.</param>
    public Task SetPrefetchAsync(int count, bool global = false, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ushort.MaxValue);
        return _requests.RequestAsync<BasicQos, BasicQosOk>(new(0, (ushort)count, global), cancellationToken);
    }

    /// <summary>
    /// Puts the channel in confirm mode, for <see cref="PublishConfirmedAsync"/> (https://www.rabbitmq.com/docs/confirms). To be awaited before
    /// anything is published: broker and client count from here on.
    /// </summary>
    public async Task EnableConfirmsAsync(CancellationToken cancellationToken = default)
    {
        if (Confirms is null)
            await _requests.RequestAsync<ConfirmSelect, ConfirmSelectOk>(default, cancellationToken, _ => Confirms ??= new ConfirmWindow()).ConfigureAwait(false);
    }

    /// <summary>
    /// Publishes from any thread. Completes when the message is in the outbound buffer, which is at once unless the broker does not keep up. Messages leave in the order of the calls, awaited or not.
    /// </summary>
    /// <exception cref="ChannelClosedException">The channel is closed, perhaps because of an earlier publish to an exchange that does not exist.</exception>
    /// <exception cref="ConnectionClosedException">The connection is closed.</exception>
    public ValueTask PublishAsync(
        string exchange, ShortString routingKey, ReadOnlyMemory<byte> body, BasicProperties? properties = null, bool mandatory = false, CancellationToken cancellationToken = default)
    {
        var method = new BasicPublish(_exchange.Encode(exchange), routingKey, mandatory);
        if (MustWait)
            return new ValueTask(PublishLaterAsync(method, body, properties, cancellationToken));
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        try
        {
            Publish(method, properties ?? BasicProperties.Empty, body.Span);
            return default;
        }
        catch (AmqpException e)
        {
            return ValueTask.FromException(e);
        }
    }

    /// <summary>Publishes and completes when the broker has confirmed the message. Messages leave in the order of the calls, awaited or not.</summary>
    /// <exception cref="MessageReturnedException">Mandatory, and no queue takes it.</exception>
    /// <exception cref="PublishNackedException">The broker did not take it.</exception>
    /// <exception cref="InvalidOperationException"><see cref="EnableConfirmsAsync"/> was not called.</exception>
    public Task PublishConfirmedAsync(
        string exchange, ShortString routingKey, ReadOnlyMemory<byte> body, BasicProperties? properties = null, bool mandatory = false, CancellationToken cancellationToken = default) =>
        PublishConfirmedAsync(new BasicPublish(_exchange.Encode(exchange), routingKey.ToOwned(), mandatory), properties ?? BasicProperties.Empty, body, cancellationToken);

    /// <summary>
    /// Starts a consumer. The handler never holds up the reading, runs in the order of deliveries (with a concurrency of 1), and acknowledges
    /// by itself unless <see cref="ConsumeOptions.NoAck"/>. A delivery whose handler throws is given back once; when it fails again it stays
    /// unacknowledged, with an error in the log, so that a poisoned message neither loops nor gets lost. The handler's token is
    /// cancelled when the consumer ends.
    /// </summary>
    /// <exception cref="ChannelClosedException">404: no such queue; 403: another consumer is exclusive.</exception>
    public Task<Consumer> ConsumeAsync(
        string queue, Func<Delivery, CancellationToken, ValueTask> handler, ConsumeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= new ConsumeOptions();
        return ConsumeAsync(queue, new HandlerSink(this, handler, options), options, cancellationToken);
    }

    /// <summary>Takes one message from a queue, or null when it has none (basic.get). For polling; a consumer is far cheaper.</summary>
    /// <exception cref="ChannelClosedException">404: no such queue.</exception>
    public Task<Delivery?> GetAsync(string queue, bool noAck = false, CancellationToken cancellationToken = default) =>
        _requests.GetAsync(new BasicGet(queue, noAck), cancellationToken);

    /// <summary>Acknowledges a delivery, or with <paramref name="multiple"/> every one up to it. Does not wait; a wrong tag closes the channel with 406.</summary>
    public void Ack(ulong deliveryTag, bool multiple = false) => Send(new BasicAck(deliveryTag, multiple));

    /// <summary>Gives deliveries back, to be delivered again or (without <paramref name="requeue"/>) dropped or dead-lettered.</summary>
    public void Nack(ulong deliveryTag, bool requeue, bool multiple = false) => Send(new BasicNack(deliveryTag, multiple, requeue));

    /// <summary>Gives one delivery back.</summary>
    public void Reject(ulong deliveryTag, bool requeue) => Send(new BasicReject(deliveryTag, requeue));

    /// <summary>Closes the channel; unacknowledged deliveries go back to their queues.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (!IsOpen)
            return;
        try
        {
            await _requests.RequestAsync<ChannelClose, ChannelCloseOk>(
                new((ushort)ReplyCode.ReplySuccess, "Goodbye"),
                cancellationToken,
                _ => Finish(new ChannelClosedException(ReplyCode.ReplySuccess, "The channel was closed by this side."))).ConfigureAwait(false);
        }
        catch (AmqpException) when (!IsOpen)
        {
            // It was closed from the other side meanwhile, which is as good.
        }
    }

    /// <inheritdoc cref="CloseAsync"/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _requests.Dispose();
    }

    internal Task OpenAsync(CancellationToken cancellationToken) => _requests.RequestAsync<ChannelOpen, ChannelOpenOk>(default, cancellationToken);

    internal async Task<Consumer> ConsumeAsync(string queue, IDeliverySink sink, ConsumeOptions options, CancellationToken cancellationToken)
    {
        var ok = await _requests.RequestAsync<BasicConsume, BasicConsumeOk>(
            new(queue, options.ConsumerTag, NoAck: options.NoAck, Exclusive: options.Exclusive, Arguments: options.Arguments),
            cancellationToken,
            ok => Inbox.AddConsumer(ok.ConsumerTag, sink)).ConfigureAwait(false); // Before the first delivery is read.
        return new Consumer(this, ok.ConsumerTag, sink);
    }

    internal Task CancelConsumerAsync(ShortString tag, CancellationToken cancellationToken) =>
        _requests.RequestAsync<BasicCancel, BasicCancelOk>(new(tag), cancellationToken);

    /// <summary>
    /// Appends the frames of a message and sends them, or leaves that to the thread's <see cref="SendScope"/>. No allocation, no wait. A publisher who wants
    /// to know the message's position waits for a reply to it.
    /// </summary>
    internal void Publish<TProperties>(in BasicPublish method, in TProperties properties, ReadOnlySpan<byte> body, IPositioned? publisher = null)
        where TProperties : IPropertiesWriter
    {
        lock (Connection.Outbox.Gate)
        {
            ThrowIfClosed();
            Confirms?.Skip();
            var position = Append(method, properties, body);
            if (publisher is not null)
            {
                publisher.Position = position; // Before the broker can see it: a broker in this process may answer within the push.
                Connection.Expected.Ask();
            }
        }
        Connection.Outbox.Push();
    }

    /// <summary>As the other; the names in <paramref name="method"/> have to stay until the confirm.</summary>
    internal Task PublishConfirmedAsync<TProperties>(in BasicPublish method, in TProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        where TProperties : IPropertiesWriter
    {
        if (MustWait || cancellationToken.CanBeCanceled)
            return PublishLaterAsync(method, properties, body, cancellationToken);
        try
        {
            return PublishConfirmed(method, properties, body);
        }
        catch (AmqpException e)
        {
            return Task.FromException(e);
        }
    }

    private async Task PublishLaterAsync<TProperties>(BasicPublish method, TProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        where TProperties : IPropertiesWriter
    {
        Task confirm;
        using (MustWait ? await WaitInLineAsync(cancellationToken).ConfigureAwait(false) : null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            confirm = PublishConfirmed(method, properties, body);
        }
        await confirm.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private bool MustWait => !HasRoom || !_line.IsEmpty;

    // Returns when there is room and it is the caller's turn.
    private async Task<IDisposable> WaitInLineAsync(CancellationToken cancellationToken)
    {
        var turn = await _line.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private Task PublishConfirmed<TProperties>(in BasicPublish method, in TProperties properties, ReadOnlyMemory<byte> body)
        where TProperties : IPropertiesWriter
    {
        var confirms = Confirms ?? throw new InvalidOperationException("The channel is not in confirm mode. Call EnableConfirmsAsync first.");
        // What comes back is matched with its publish here, unless somebody else does it.
        var confirm = new PendingConfirm(method.Exchange, method.RoutingKey, method.Mandatory && Returns is null ? MessageFingerprint.Of(properties, body.Span) : MessageFingerprint.None);
        lock (Connection.Outbox.Gate)
        {
            ThrowIfClosed();
            confirms.Add(confirm);
            Append(method, properties, body.Span);
        }
        Connection.Outbox.Push();
        return confirm.Task;
    }

    /// <summary>Changes as long as the broker confirms; 0 when there is nothing to confirm.</summary>
    internal ulong OldestUnconfirmed => Confirms?.Oldest ?? 0;

    /// <summary>Ends the waits for confirms with this reason, though the channel stands: what became of those messages is not known.</summary>
    internal void AbandonConfirms(Exception reason) => Confirms?.Abandon(reason);

    /// <summary>The end of the last message that was published. Final once the channel is closed.</summary>
    internal SendPosition LastPublished { get; private set; } // Written with the outbox's gate held.

    /// <summary>False when what was published up to this position has not left this process, and never will.</summary>
    internal bool MayBeSent(SendPosition position) => Connection.Outbox.MayBeSent(position);

    internal async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!HasRoom && IsOpen)
            await Connection.Outbox.WaitForRoomAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod
    {
        if (IsOpen)
            Connection.Send((ushort)Number, method);
    }

    internal string NameOf(ShortString exchange) => _exchange.Decode(exchange);

    internal void ReceiveReturn(in InboundReturn returned)
    {
        if (Returns is { } sink)
        {
            sink(returned);
            return;
        }
        var exchange = NameOf(returned.Exchange);
        if (Confirms?.FindReturned(returned.Exchange, returned.RoutingKey, MessageFingerprint.Of(returned.Properties, returned.Body.Span)) is { } confirm)
        {
            confirm.Failure = new MessageReturnedException(returned.ReplyCode, returned.ReplyText.ToString(), exchange, returned.RoutingKey.ToString());
            return;
        }
        if (MessageReturned is not { } handler)
            return;
        var message = new ReturnedMessage(
            returned.ReplyCode, returned.ReplyText.ToString(), exchange, returned.RoutingKey.ToOwned(), returned.Properties.ToOwned(), returned.Body.ToArray());
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.handler(state.message), (handler, message), preferLocal: false);
    }

    internal void ReceiveClose(in ChannelClose close)
    {
        Connection.Send((ushort)Number, default(ChannelCloseOk));
        Finish(new ChannelClosedException((ReplyCode)close.ReplyCode, close.ReplyText.ToString(), close.Cause()));
    }

    /// <summary>The connection has ended.</summary>
    internal void End(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        lock (Connection.Outbox.Gate)
        {
            // Whoever is publishing has finished or will see the reason.
        }
        Inbox.End(reason);
        Confirms?.FailAll(reason);
        _closed.TrySetResult(reason);
    }

    private void Finish(ChannelClosedException reason)
    {
        _table.Remove(this);
        End(reason);
    }

    private async Task PublishLaterAsync(BasicPublish method, ReadOnlyMemory<byte> body, BasicProperties? properties, CancellationToken cancellationToken)
    {
        using (await WaitInLineAsync(cancellationToken).ConfigureAwait(false))
            Publish(method, properties ?? BasicProperties.Empty, body.Span);
    }

    private SendPosition Append<TProperties>(in BasicPublish method, in TProperties properties, ReadOnlySpan<byte> body)
        where TProperties : IPropertiesWriter
    {
        var pending = Connection.Outbox.Pending;
        var before = pending.Length;
        pending.WriteContent((ushort)Number, method, properties, body, Connection.FrameMax);
        return LastPublished = Connection.Outbox.Commit(before);
    }

    private void ThrowIfClosed()
    {
        if (Volatile.Read(ref _reason) is { } reason)
            throw reason;
        Connection.ThrowIfClosed();
    }
}
