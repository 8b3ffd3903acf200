using System.Buffers.Binary;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// The broker's journal as one virtual host's engine sees it: each record's head begins with the virtual host's number. Owned by the turn.
/// </summary>
internal sealed class EngineJournal(BrokerJournal journal, uint number) : IJournal
{
    /// <summary>Octets of the number that stands before each head.</summary>
    public const int NumberOctets = 4;

    private byte[] _head = NewHead(number, 256);
    private bool _isEnded;

    /// <summary>What its records begin with; given to one virtual host, and never to another.</summary>
    public uint Number => number;

    /// <summary>Whose it is; set once, when the engine is there.</summary>
    public HostedEngine Host { get; set; } = null!;

    /// <summary>The position of what this engine appended last.</summary>
    public long Position { get; private set; }

    /// <summary>Behind what all of them appended.</summary>
    public long NextPosition => journal.Position + 1;

    /// <summary>True while the engine is to hear how far the disk is; owned by <see cref="BrokerJournal"/>.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>The number that a record's head begins with.</summary>
    public static uint NumberOf(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt32LittleEndian(head);

    public ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (_isEnded)
            return ulong.MaxValue;
        var id = journal.Add((byte)kind, Numbered(head), body);
        Appended();
        return id;
    }

    public void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        if (_isEnded)
            return;
        journal.Replace(id, (byte)kind, Numbered(head), body);
        Appended();
    }

    public void Remove(ulong id)
    {
        if (_isEnded)
            return;
        journal.Remove(id);
        Appended();
    }

    public bool TryRead(ulong id, out ReadOnlyMemory<byte> octets)
    {
        octets = default;
        if (_isEnded || !journal.TryRead(id, out var contents) || contents.Length < NumberOctets)
            return false;
        octets = contents[NumberOctets..];
        return true;
    }

    /// <summary>The virtual host is deleted, and its records are removed: what its engine still does while the last connections leave is nobody's.</summary>
    public void End() => _isEnded = true;

    private static byte[] NewHead(uint number, int octets)
    {
        var head = new byte[octets];
        BinaryPrimitives.WriteUInt32LittleEndian(head, number);
        return head;
    }

    private ReadOnlySpan<byte> Numbered(ReadOnlySpan<byte> head)
    {
        var octets = NumberOctets + head.Length;
        if (_head.Length < octets)
            _head = NewHead(number, octets * 2);
        head.CopyTo(_head.AsSpan(NumberOctets));
        return _head.AsSpan(0, octets);
    }

    private void Appended()
    {
        Position = journal.Position;
        if (!IsAwaited)
            journal.Await(this);
    }
}
