using System.Buffers;

namespace Warren.Broker;

/// <summary>What a connection has sent of a frame that is not complete yet. Holds no array when there is nothing.</summary>
internal sealed class Inbound
{
    private byte[] _octets = [];

    /// <summary>How many octets.</summary>
    public int Length { get; private set; }

    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Written => _octets.AsMemory(0, Length);

    /// <summary>Room behind the octets for at least as many; what is filled is claimed by <see cref="Advance"/>.</summary>
    public Span<byte> Room(int octets)
    {
        if (_octets.Length - Length < octets)
            Grow(octets);
        return _octets.AsSpan(Length);
    }

    /// <summary>Claims octets that were filled in.</summary>
    public void Advance(int octets) => Length += octets;

    /// <summary>Keeps octets behind what is there.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Room(octets.Length));
        Length += octets.Length;
    }

    /// <summary>Forgets the first octets, and keeps the array for more.</summary>
    public void Consume(int octets)
    {
        Length -= octets;
        if (Length > 0)
            _octets.AsSpan(octets, Length).CopyTo(_octets);
    }

    /// <summary>Gives the array back when it holds nothing.</summary>
    public void Release()
    {
        if (Length == 0)
            Discard();
    }

    /// <summary>Forgets everything and gives the array back.</summary>
    public void Discard()
    {
        Length = 0;
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = [];
    }

    // Doubles: a client that announces a large frame gets memory as it sends, not as it announces.
    private void Grow(int octets)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + octets, Length * 2));
        _octets.AsSpan(0, Length).CopyTo(larger);
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        _octets = larger;
    }
}
