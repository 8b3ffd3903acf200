using System.Diagnostics.CodeAnalysis;

namespace Warren.Engine;

/// <summary>The messages of a queue that came back, by their positions. Those that a recovery has found, where they are many, are out of memory until their turn comes.</summary>
internal sealed class ReturnedMessages
{
    private readonly PriorityQueue<Message, ulong> _messages = new();
    private PagedMessages? _out;

    public int Count => _messages.Count + (_out?.Count ?? 0);

    /// <summary>Those that are out, when the first one is; else null.</summary>
    public PagedMessages? FirstOut =>
        _out is { Count: > 0 } && (!_messages.TryPeek(out _, out var position) || position > _out.First.Position) ? _out : null;

    public void Add(Message message, ulong position) => _messages.Enqueue(message, position);

    /// <summary>Adds one that was recovered; they come in the order of their positions.</summary>
    public void Restore(in WaitingMessage message, MessagePool pool)
    {
        if (message.Message is not null && _out is not { Count: > 0 })
            Add(message.Message, message.Position);
        else
            (_out ??= new PagedMessages(pool, Add)).Add(message);
    }

    /// <summary>Looks at the first one; false when there is none, or it is out.</summary>
    public bool TryPeek([NotNullWhen(true)] out Message? message, out ulong position)
    {
        (message, position) = (null, 0);
        return FirstOut is null && _messages.TryPeek(out message, out position);
    }

    /// <summary>Takes the first one; false when there is none, or it is out.</summary>
    public bool TryTake([NotNullWhen(true)] out Message? message, out ulong position)
    {
        (message, position) = (null, 0);
        return FirstOut is null && _messages.TryDequeue(out message, out position);
    }

    /// <summary>Takes the first one if it is out, without reading it.</summary>
    public bool TryTakeOut(out WaitingMessage message)
    {
        message = default;
        if (FirstOut is not { } paged)
            return false;
        message = paged.First;
        paged.RemoveFirst();
        return true;
    }

    /// <summary>All of them, for checks.</summary>
    public IEnumerable<WaitingMessage> Peek() =>
        _messages.UnorderedItems.Select(static item => new WaitingMessage(item.Element, 0, item.Priority)).Concat(_out?.InOrder() ?? []);
}
