using Warren.Amqp;

namespace Warren.Engine;

/// <summary>One channel: takes its frames, knows what its client holds, and gives it back at the end.</summary>
internal sealed class Channel
{
    private ChannelAccess? _access; // Only for users who may not do everything.

    public Channel(Connection connection, ushort number)
    {
        Connection = connection;
        Number = number;
        Publisher = new Publisher(this);
        Consumers = new ConsumerSet(this);
        Unacknowledged = new Unacknowledged();
    }

    public Connection Connection { get; }

    public ushort Number { get; }

    public VirtualHost Host => Connection.Host;

    private ChannelAccess Access => _access ??= new ChannelAccess(this);

    private FrameBuffer Outbound => IsHeldUp ? Answers!.Frames : Host.Effects.Outbound(Connection.Id);

    /// <summary>False from the moment a close was sent or answered.</summary>
    public bool IsOpen { get; private set; } = true;

    public Publisher Publisher { get; }

    public ConsumerSet Consumers { get; }

    public Unacknowledged Unacknowledged { get; }

    /// <summary>Set while the channel is in confirm mode.</summary>
    public ConfirmLedger? Confirms { get; set; }

    /// <summary>What waits for the disk; null as long as nothing ever did.</summary>
    public PendingAnswers? Answers { get; private set; }

    /// <summary>True while deliveries have to wait, for the disk and for the answers before them.</summary>
    public bool IsHeldUp => Answers is { IsWaiting: true };

    /// <summary>Set while the channel is in transaction mode.</summary>
    public Transaction? Transaction { get; set; }

    /// <summary>The queue that an empty name means: the one last declared on this channel.</summary>
    public ShortString LastQueue { get; set; }

    /// <summary>The prefetch that consumers get that start from now on; 0 is no limit.</summary>
    public int ConsumerPrefetch { get; set; }

    /// <summary>How many deliveries the channel's consumers may hold together; 0 is no limit.</summary>
    public int PrefetchLimit { get; set; }

    /// <summary>How many deliveries the channel's consumers hold; basic.get does not count.</summary>
    public int Prefetched { get; private set; }

    public bool IsPrefetchUsedUp => PrefetchLimit != 0 && Prefetched >= PrefetchLimit;

    /// <summary>The delivery tag of the last message sent.</summary>
    public ulong LastDeliveryTag { get; private set; }

    public void Receive(in Frame frame)
    {
        if (!IsOpen)
        {
            ReceiveWhileClosing(frame);
            return;
        }
        if (frame.Type == FrameType.Method)
        {
            Publisher.ExpectMethod();
            Connection.CurrentMethod = MethodPayload.ReadId(frame.Payload);
            MethodDispatch.Run(this, Connection.CurrentMethod, frame.Payload);
            return;
        }
        Connection.CurrentMethod = MethodId.BasicPublish;
        if (frame.Type == FrameType.Header)
            Publisher.AddHeader(frame.Payload);
        else
            Publisher.AddBody(frame.Payload.Span);
    }

    public void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod =>
        Outbound.WriteMethod(Number, method);

    public void SendContent<TMethod>(in TMethod method, Message message)
        where TMethod : struct, IMethod =>
        SendContent(method, message, message.Properties);

    /// <summary>Sends a message with other properties than its publisher gave it.</summary>
    public void SendContent<TMethod>(in TMethod method, Message message, PropertiesView properties)
        where TMethod : struct, IMethod =>
        Outbound.WriteContent(Number, method, properties, message.Body, Connection.Settings.FrameMax);

    /// <summary>What is sent from now on waits until everything that was changed is on disk. Without a journal nothing waits.</summary>
    public void AwaitJournal()
    {
        if (Host.Records is not null)
            (Answers ??= new PendingAnswers(this)).Begin();
    }

    /// <summary>Asks for a permission for a queue.</summary>
    /// <exception cref="ChannelException">403.</exception>
    public void RequireQueue(Permission permission, ShortString name)
    {
        if (Connection.IsRestricted)
            Access.Require(permission, "queue", name);
    }

    /// <summary>Asks for a permission for an exchange.</summary>
    /// <exception cref="ChannelException">403.</exception>
    public void RequireExchange(Permission permission, ShortString name)
    {
        if (Connection.IsRestricted)
            Access.Require(permission, "exchange", name);
    }

    /// <summary>Asks for a permission for a routing key; only topic exchanges have such.</summary>
    /// <exception cref="ChannelException">403.</exception>
    public void RequireTopic(Permission permission, Exchange exchange, ShortString key)
    {
        if (Connection.IsRestricted && exchange.Type == ExchangeTypes.Topic)
            Access.RequireTopic(permission, exchange.Name, key);
    }

    /// <summary>Asks for any permission at all for what a passive declare names.</summary>
    /// <exception cref="ChannelException">403.</exception>
    public void RequireAny(string kind, ShortString name)
    {
        if (Connection.IsRestricted && Host.Options.Profile.ChecksPassiveDeclare)
            Access.RequireAny(kind, name);
    }

    public ulong NextDeliveryTag() => ++LastDeliveryTag;

    /// <summary>Remembers a delivery until the client settles it.</summary>
    public void Hold(ulong tag, Queue queue, Message message, ulong position, Consumer? consumer)
    {
        Unacknowledged.Add(new Delivery
        {
            Tag = tag,
            Queue = queue,
            Message = message,
            Position = position,
            Consumer = consumer,
            DeliveredAtTicks = Host.NowTicks,
        });
        queue.UnacknowledgedCount++;
        if (consumer is null)
            return;
        consumer.Prefetched++;
        Prefetched++;
    }

    /// <summary>Ends a delivery that was taken out of <see cref="Unacknowledged"/>.</summary>
    public void Settle(in Delivery delivery, Outcome outcome)
    {
        delivery.Queue.UnacknowledgedCount--;
        switch (outcome)
        {
            case Outcome.Acknowledged: delivery.Queue.Acknowledge(delivery.Message!, delivery.Position); break;
            case Outcome.Rejected: delivery.Queue.Reject(delivery.Message!, delivery.Position); break;
            default: delivery.Queue.Requeue(delivery.Message!, delivery.Position, outcome == Outcome.Requeued); break;
        }
        if (delivery.Consumer is not { } consumer)
            return;
        var wasUsedUp = IsPrefetchUsedUp;
        consumer.Prefetched--;
        Prefetched--;
        if (wasUsedUp)
            Consumers.RefreshReadiness();
        else
            consumer.RefreshReadiness();
    }

    /// <summary>The soft error: the client gets the reason, and the channel ignores all but close-ok.</summary>
    public void Fail(in Refusal refusal)
    {
        if (!IsOpen)
            return;
        End(ChannelEnd.Channel);
        Send(new ChannelClose((ushort)refusal.Code, refusal.Code.ReplyText(refusal.Reason), refusal.Method.ClassId(), refusal.Method.MethodIndex()));
        Host.Effects.Refused(Connection.Id, Number, refusal);
    }

    /// <summary>The client closes.</summary>
    public void CloseAsAsked()
    {
        End(ChannelEnd.Channel);
        Connection.RemoveChannel(Number);
        Send(default(ChannelCloseOk));
    }

    /// <summary>Gives everything back: messages in their order, consumers, the reply address.</summary>
    /// <param name="end">Why.</param>
    public void End(ChannelEnd end)
    {
        if (IsOpen)
            GiveBack(end);
        if (end != ChannelEnd.Channel)
            Answers?.Drop(); // Those of a channel that closed before too.
    }

    /// <summary>Ends the channel, or where that is enough the consumer, that has kept a delivery for too long.</summary>
    public void CheckDeliveryTimeout()
    {
        while (IsOpen && LateDelivery.FindIn(this) is { } late)
        {
            if (!TakeBackFrom(late.Consumer))
                FailForDelivery(late.TimeoutMs);
        }
    }

    private void GiveBack(ChannelEnd end)
    {
        IsOpen = false;
        Connection.CountClosedChannel();
        Publisher.Abandon();
        Transaction?.Abandon();
        EndConfirms(end);
        while (Unacknowledged.TryTakeFirst(ulong.MaxValue, out var delivery))
            Settle(delivery, Outcome.Requeued);
        Consumers.RemoveAll();
    }

    private void EndConfirms(ChannelEnd end)
    {
        if (Confirms is null)
            return;
        if (end == ChannelEnd.Channel && Confirms.IsWaiting)
        {
            AwaitJournal();
            Confirms.WriteAll(); // Behind what they wait for, and before the close.
        }
        if (end != ChannelEnd.Lost)
            Confirms.Write();
        Confirms.Forget();
    }

    // Releases that watch quorum queues alone take back what the consumer has, which does not count as a failure, and end the consumer and not the channel.
    // False when the channel has to end: the release is older, or the client could not hear that its consumer ends.
    private bool TakeBackFrom(Consumer? consumer)
    {
        if (Host.Options.Profile.HasDeliveryTimeoutOnClassicQueue || consumer?.ChannelNode?.List is null)
            return false;
        if (Connection.TakesCancel)
            Consumers.CancelByServer(consumer);
        foreach (var tag in Unacknowledged.TagsOf(consumer))
        {
            if (Unacknowledged.TryTake(tag, out var delivery))
                Settle(delivery, Outcome.Returned);
        }
        return Connection.TakesCancel;
    }

    private void FailForDelivery(long timeoutMs)
    {
        var explanation = $"delivery acknowledgement on channel {Number} timed out. Timeout value used: {timeoutMs} ms. "
            + "This timeout value can be configured, see consumers doc guide to learn more";
        Fail(new Refusal(ReplyCode.PreconditionFailed, explanation));
    }

    // Both may close at once: the client's close is answered, and ours still waits for its own answer.
    private void ReceiveWhileClosing(in Frame frame)
    {
        if (frame.Type != FrameType.Method || frame.Payload.Length < 4)
            return;
        switch (MethodPayload.ReadId(frame.Payload))
        {
            case MethodId.ChannelClose: Send(default(ChannelCloseOk)); break;
            case MethodId.ChannelCloseOk: Connection.RemoveChannel(Number); break;
        }
    }
}
