using System.Numerics;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Messages and their arrays, used again and again. Arrays come in sizes of powers of two, and of each size only so many octets are
/// kept: what a peak has left behind goes to the garbage collector.
/// </summary>
internal sealed class MessagePool
{
    private const int SmallestShift = 7;
    private const int LargestShift = 25;
    private const int KeptOctetsPerSize = 16 * 1024 * 1024;
    private const int KeptMessages = 64 * 1024;

    // A Message, the header of its array, and its place in one queue.
    private const int MessageOctets = 144;

    // What a journal needs at most to find a record by its id.
    private const int RecordOctets = 12;

    private readonly Stack<Message> _messages = new();
    private readonly Stack<byte[]>[] _arrays = new Stack<byte[]>[LargestShift - SmallestShift + 1];

    public MessagePool()
    {
        for (var i = 0; i < _arrays.Length; i++)
            _arrays[i] = new Stack<byte[]>();
    }

    /// <summary>How many octets are lent, in arrays and in messages, and taken by what is known of those that are out. What the pool keeps for later does not count.</summary>
    public long LentOctets { get; private set; }

    /// <summary>How many messages are out: in the journal only.</summary>
    public int PagedOut { get; private set; }

    /// <summary>A message with one reference, the caller's, and room for so many octets.</summary>
    public Message Rent(int octets)
    {
        if (!_messages.TryPop(out var message))
            message = new Message(this);
        message.Lend(RentArray(octets));
        LentOctets += MessageOctets;
        return message;
    }

    /// <summary>A message is out.</summary>
    public void CountOut()
    {
        PagedOut++;
        LentOctets += RecordOctets;
    }

    /// <summary>It is not any more.</summary>
    public void CountIn()
    {
        PagedOut--;
        LentOctets -= RecordOctets;
    }

    /// <summary>What is known of those that are out takes so many octets more.</summary>
    public void Count(int octets) => LentOctets += octets;

    /// <summary>The same message with other properties, and one reference, the caller's.</summary>
    public Message Copy(Message old, PropertiesView properties)
    {
        var message = Rent(old.Address.Length + old.BlindCopyOctets.Length + properties.Octets.Length + old.BodyLength);
        message.Begin(old.Address, old.ExchangeSpan.Length, old.BlindCopyOctets, properties.Octets.Span, properties.Flags);
        message.Append(old.Body);
        return message;
    }

    public void Return(Message message)
    {
        ReturnArray(message.TakeArray());
        LentOctets -= MessageOctets;
        if (_messages.Count < KeptMessages)
            _messages.Push(message);
    }

    public byte[] RentArray(int octets)
    {
        var array = FindArray(octets);
        LentOctets += array.Length;
        return array;
    }

    public void ReturnArray(byte[] array)
    {
        LentOctets -= array.Length;
        var shift = BitOperations.Log2((uint)Math.Max(array.Length, 1));
        if (shift is < SmallestShift or > LargestShift)
            return;
        var kept = _arrays[shift - SmallestShift];
        if (kept.Count < Math.Max(2, KeptOctetsPerSize >> shift))
            kept.Push(array);
    }

    private byte[] FindArray(int octets)
    {
        var shift = Math.Max(SmallestShift, BitOperations.Log2((uint)Math.Max(octets - 1, 1)) + 1);
        if (shift > LargestShift)
            return GC.AllocateUninitializedArray<byte>(octets);
        return _arrays[shift - SmallestShift].TryPop(out var array) ? array : GC.AllocateUninitializedArray<byte>(1 << shift);
    }
}
