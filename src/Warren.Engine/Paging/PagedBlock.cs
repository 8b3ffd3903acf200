using System.Diagnostics;

namespace Warren.Engine;

/// <summary>
/// Up to 256 neighbours of a line, most of them out of memory. Neighbours mostly have ids that follow each other, bodies of one length and no time to live: then the whole block takes less
/// than one octet for each.
/// </summary>
internal sealed class PagedBlock
{
    /// <summary>What an empty one takes, in octets.</summary>
    public const int EmptyOctets = 256;

    private const int SmallestArray = 8;

    private NumberColumn _ids;
    private NumberColumn _positions;
    private NumberColumn _bodyLengths;
    private NumberColumn _priorities;
    private NumberColumn _publishedAt;
    private NumberColumn _timesToLive;
    private Message?[]? _messages; // Those that are in memory; null as long as there was none.
    private int _start;
    private int _end;

    /// <summary>The next block of the line; owned by <see cref="PagedMessages"/>.</summary>
    public PagedBlock? Next { get; set; }

    public int Count => _end - _start;

    public bool IsFull => _end == NumberColumn.MaxNumbers;

    /// <summary>What it takes, in octets.</summary>
    public int Octets { get; private set; } = EmptyOctets;

    /// <summary>The first one.</summary>
    public WaitingMessage First => At(0);

    /// <summary>True when the first one is in memory.</summary>
    public bool IsFirstInMemory => _messages is not null && _start < _messages.Length && _messages[_start] is not null;

    /// <summary>One of them, the first with index 0.</summary>
    public WaitingMessage At(int index)
    {
        index += _start;
        return new WaitingMessage
        {
            Message = _messages is not null && index < _messages.Length ? _messages[index] : null,
            Id = (ulong)_ids[index],
            Position = (ulong)_positions[index],
            BodyLength = (int)_bodyLengths[index],
            Priority = (byte)_priorities[index],
            PublishedAtTicks = _publishedAt[index],
            TimeToLiveTicks = _timesToLive[index],
        };
    }

    public void Add(in WaitingMessage message)
    {
        Debug.Assert(!IsFull, "A block has an end.");
        Octets += _ids.Add(_end, (long)message.Id)
            + _positions.Add(_end, (long)message.Position)
            + _bodyLengths.Add(_end, message.BodyLength)
            + _priorities.Add(_end, message.Priority)
            + _publishedAt.Add(_end, message.PublishedAtTicks)
            + _timesToLive.Add(_end, message.TimeToLiveTicks);
        if (message.Message is not null)
            Keep(message.Message);
        _end++;
    }

    public void RemoveFirst()
    {
        Debug.Assert(Count > 0, "Nothing is left to be removed.");
        if (IsFirstInMemory)
            _messages![_start] = null;
        _start++;
    }

    private void Keep(Message message)
    {
        var before = _messages?.Length ?? 0;
        if (before <= _end)
            Array.Resize(ref _messages, Math.Clamp(_end * 2, SmallestArray, NumberColumn.MaxNumbers));
        _messages![_end] = message;
        Octets += (_messages.Length - before) * sizeof(long);
    }
}
