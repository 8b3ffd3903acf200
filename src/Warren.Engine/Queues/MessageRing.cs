using System.Diagnostics;

namespace Warren.Engine;

/// <summary>Messages in their order, in a ring that is as large as it has to be.</summary>
internal struct MessageRing()
{
    private const int SmallestRing = 8;

    private Message[] _ring = [];
    private int _head;

    public int Count { get; private set; }

    /// <summary>The first one; there must be one.</summary>
    public readonly Message First => _ring[_head];

    /// <summary>One of them, the first with index 0.</summary>
    public readonly Message this[int index] => _ring[(_head + index) & (_ring.Length - 1)];

    /// <summary>Adds a message at the end.</summary>
    public void Add(Message message)
    {
        if (Count == _ring.Length)
            Resize(Math.Max(SmallestRing, _ring.Length * 2));
        _ring[(_head + Count++) & (_ring.Length - 1)] = message;
    }

    /// <summary>Takes the first one; there must be one.</summary>
    public Message TakeFirst()
    {
        var message = _ring[_head];
        _ring[_head] = null!;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        if (_ring.Length > SmallestRing * 8 && Count < _ring.Length / 8)
            Resize(_ring.Length / 2); // A backlog has drained; its memory should not stay.
        return message;
    }

    /// <summary>The last ones have left.</summary>
    public void RemoveLast(int count)
    {
        Debug.Assert(count <= Count, "No more can leave than are there.");
        for (; count > 0; count--)
            _ring[(_head + --Count) & (_ring.Length - 1)] = null!;
        var length = _ring.Length;
        while (length > SmallestRing * 8 && Count < length / 8)
            length /= 2;
        if (length < _ring.Length)
            Resize(length);
    }

    private void Resize(int length)
    {
        var ring = new Message[length];
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = ring;
        _head = 0;
    }
}
