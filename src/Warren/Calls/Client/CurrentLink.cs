using Warren.Client;

namespace Warren;

/// <summary>Whoever sets up the links of a <see cref="CurrentLink{TLink}"/>.</summary>
internal interface ILinkOwner<TLink> : IAttachment
{
    /// <summary>The request channel of a link is gone alone: another one, to the same reply queue.</summary>
    Task<TLink> ReopenAsync(TLink link);
}

/// <summary>The link that requests leave by at present, or the next one, which calls wait for.</summary>
internal sealed class CurrentLink<TLink>(IBusConnection bus, ILinkOwner<TLink> owner)
    where TLink : CallLink
{
    private readonly Lock _gate = new();
    private TLink? _link; // Written under _gate, read by any thread through Volatile.
    private TLink? _last; // Guarded by _gate, as everything below.
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _attached;
    private Exception? _refusal;

    /// <summary>Null while there is none.</summary>
    public TLink? Present => Volatile.Read(ref _link);

    /// <summary>The present link, or the next one; null when the call ended meanwhile.</summary>
    /// <exception cref="AmqpException">There will be none: the connection was given up, or the broker refuses the reply queue.</exception>
    public ValueTask<TLink?> GetAsync(IPendingCall call) =>
        Present is { IsUsable: true } link && !call.Completion.IsCompleted ? new ValueTask<TLink?>(link) : new ValueTask<TLink?>(WaitAsync(call));

    private async Task<TLink?> WaitAsync(IPendingCall call)
    {
        while (!call.Completion.IsCompleted)
        {
            Task changed, attached;
            lock (_gate)
            {
                if (_link is { IsUsable: true } link)
                    return link;
                changed = _changed.Task;
                if (_attached is null or { IsFaulted: true })
                {
                    _refusal = null;
                    _attached = bus.AttachAsync(owner, CancellationToken.None);
                }
                else if (_refusal is { } refusal)
                    throw refusal; // Until an attempt to set it up again, which go on, has succeeded.
                attached = _attached;
            }
            // A connection that was given up faults here, and so ends the call with the reason.
            await Waiting.OrEndAsync(attached, call).ConfigureAwait(false);
            await Waiting.OrEndAsync(bus.GetConnectionAsync(CancellationToken.None).AsTask(), call).ConfigureAwait(false);
            await Waiting.OrEndAsync(changed, call).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Requests may go; false when the link has been overtaken by the end of its replies.</summary>
    public bool TryOpen(TLink link)
    {
        lock (_gate)
        {
            _last = link;
            if (!link.IsUsable)
                return false;
            Volatile.Write(ref _link, link);
            _refusal = null;
            Change();
            return true;
        }
    }

    /// <summary>The reply queue may not be set up: calls hear of it at once.</summary>
    public void Refuse(Exception reason)
    {
        lock (_gate)
        {
            _refusal = reason;
            Change();
        }
    }

    /// <summary>No more requests by the present link, if it is one of these.</summary>
    public void Close(Func<TLink, bool> isMeant)
    {
        lock (_gate)
        {
            if (_link is { } link && isMeant(link))
                Volatile.Write(ref _link, null);
        }
    }

    /// <summary>The request channel alone is gone (a request that the broker would not take): the reply queue stays, and so do the calls under way.</summary>
    public void Reopen(TLink link)
    {
        lock (_gate)
        {
            if (_link != link)
                return;
            Volatile.Write(ref _link, null);
        }
        if (link.Connection.IsOpen)
            _ = ReopenAsync(link);
    }

    /// <summary>Closes what is left of the last link on this connection, which is about to get another one.</summary>
    public async Task CloseLastAsync(AmqpConnection connection)
    {
        TLink? last;
        lock (_gate)
            last = _last;
        if (last?.Connection == connection)
            await last.CloseAsync().ConfigureAwait(false);
    }

    private async Task ReopenAsync(TLink link)
    {
        try
        {
            if (TryOpen(await owner.ReopenAsync(link).ConfigureAwait(false)))
                return;
        }
        catch (AmqpException)
        {
            // The connection is on its way out, and the next one brings a new link; or it has no channel left, and later perhaps it has.
        }
        if (link.Connection.IsOpen)
            bus.Restore(owner);
    }

    private void Change()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
