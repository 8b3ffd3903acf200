using Warren.Amqp;

namespace Warren.Client;

/// <summary>One publish that waits for the broker's confirm.</summary>
internal sealed class PendingConfirm(ShortString exchange, ShortString routingKey, int fingerprint) : TaskCompletionSource
{
    public ShortString Exchange { get; } = exchange;

    public ShortString RoutingKey { get; } = routingKey;

    /// <summary>Of properties and body, for matching a return; 0 for a message that is not mandatory.</summary>
    public int Fingerprint { get; } = fingerprint;

    /// <summary>How it ended, set before it is handed to the dispatch.</summary>
    public Exception? Failure { get; set; }

    public bool Returned => Failure is MessageReturnedException;
}

/// <summary>
/// The publishes of a channel that the broker has not confirmed yet (https://www.rabbitmq.com/docs/confirms), in chunks that the publisher
/// fills and the receiving thread empties, so that neither takes a lock for the other. Completions leave the receiving thread in batches.
/// </summary>
internal sealed class ConfirmWindow() : DispatchQueue<PendingConfirm>(int.MaxValue)
{
    private static readonly PendingConfirm Nobody = new(default, default, 0);

    private Chunk _first = new(1); // Written by the receiving thread.
    private Chunk? _last;          // Owned by whoever holds the outbox's gate, as _next.
    private ulong _next = 1;
    private ulong _lowest = 1;     // Everything below is settled; owned by the receiving thread.
    private bool _settledSome;
    private volatile bool _failed;

    /// <summary>Counts a publish whose confirm nobody waits for: the broker numbers it like the others. With the outbox's gate held.</summary>
    public void Skip() => Add(Nobody);

    /// <summary>Takes the next publish; with the outbox's gate held, so that numbers and frames have one order.</summary>
    public void Add(PendingConfirm confirm)
    {
        _last ??= _first;
        if (_next - _last.First == Chunk.Size)
        {
            var next = new Chunk(_next);
            Volatile.Write(ref _last.Next, next);
            _last = next;
        }
        Volatile.Write(ref _last.Slots[_next - _last.First], confirm);
        _next++;
    }

    /// <summary>The broker has confirmed this number, or with <paramref name="multiple"/> all up to it.</summary>
    public void Settle(ulong number, bool multiple, bool acked)
    {
        for (var n = multiple ? _lowest : number; n <= number && Find(n) is { } chunk; n++)
            SettleOne(chunk, n, acked);
        if (multiple)
            _lowest = Math.Max(_lowest, number + 1);
        while (_first.Settled == Chunk.Size && Volatile.Read(ref _first.Next) is { } next)
        {
            _lowest = Math.Max(_lowest, next.First);
            Volatile.Write(ref _first, next);
        }
    }

    /// <summary>The oldest mandatory publish that looks like the message that came back; null when nobody waits for it.</summary>
    public PendingConfirm? FindReturned(ShortString exchange, ShortString routingKey, int fingerprint)
    {
        for (var chunk = _first; chunk is not null; chunk = Volatile.Read(ref chunk.Next))
        {
            foreach (ref var slot in chunk.Slots.AsSpan())
            {
                if (Volatile.Read(ref slot) is { Returned: false } confirm && confirm.Fingerprint == fingerprint
                    && confirm.RoutingKey.Equals(routingKey) && confirm.Exchange.Equals(exchange))
                    return confirm;
            }
        }
        return null;
    }

    /// <summary>The number of the oldest publish that waits for its confirm; 0 when none does. From any thread.</summary>
    public ulong Oldest
    {
        get
        {
            for (var chunk = Volatile.Read(ref _first); chunk is not null; chunk = Volatile.Read(ref chunk.Next))
            {
                for (var i = 0; i < Chunk.Size; i++)
                {
                    if (Volatile.Read(ref chunk.Slots[i]) is { } confirm && confirm != Nobody)
                        return chunk.First + (ulong)i;
                }
            }
            return 0;
        }
    }

    /// <summary>Whoever waits for a confirm hears that none will come; what the broker says of it later is of no interest any more. From any thread.</summary>
    public void Abandon(Exception reason)
    {
        for (var chunk = Volatile.Read(ref _first); chunk is not null; chunk = Volatile.Read(ref chunk.Next))
        {
            for (var i = 0; i < Chunk.Size; i++)
            {
                if (Volatile.Read(ref chunk.Slots[i]) is { } confirm && confirm != Nobody)
                    confirm.TrySetException(reason);
            }
        }
    }

    public void EndBatch()
    {
        if (!_settledSome)
            return;
        _settledSome = false;
        Schedule();
    }

    /// <summary>The channel is closed: nothing will be confirmed any more.</summary>
    public void FailAll(Exception reason)
    {
        if (_failed)
            return;
        _failed = true;
        for (var chunk = _first; chunk is not null; chunk = Volatile.Read(ref chunk.Next))
        {
            foreach (ref var slot in chunk.Slots.AsSpan())
            {
                if (Interlocked.Exchange(ref slot, null) is not { } confirm || confirm == Nobody)
                    continue;
                confirm.Failure ??= reason;
                Enqueue(confirm);
            }
        }
        Schedule();
    }

    protected override ValueTask ProcessAsync(PendingConfirm item)
    {
        if (item.Failure is { } failure)
            item.TrySetException(failure);
        else
            item.TrySetResult();
        return default;
    }

    private Chunk? Find(ulong number)
    {
        var chunk = _first;
        while (chunk is not null && number - chunk.First >= Chunk.Size)
            chunk = Volatile.Read(ref chunk.Next);
        return chunk;
    }

    private void SettleOne(Chunk chunk, ulong number, bool acked)
    {
        if (number < chunk.First || Interlocked.Exchange(ref chunk.Slots[number - chunk.First], null) is not { } confirm)
            return;
        chunk.Settled++;
        if (confirm == Nobody)
            return;
        if (!acked)
            confirm.Failure ??= new PublishNackedException(confirm.Exchange.ToString(), confirm.RoutingKey.ToString());
        Enqueue(confirm);
        _settledSome = true;
    }

    private sealed class Chunk(ulong first)
    {
        public const int Size = 256;

        public readonly ulong First = first;
        public readonly PendingConfirm?[] Slots = new PendingConfirm?[Size];
        public int Settled;
        public Chunk? Next;
    }
}
