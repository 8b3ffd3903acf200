namespace Warren.Simulation;

/// <summary>The octets of a file, as many as were written, zeros where nothing was.</summary>
internal sealed class SimOctets
{
    private byte[] _octets = [];

    public SimOctets()
    {
    }

    public SimOctets(SimOctets from)
    {
        _octets = from._octets.AsSpan(0, from.Length).ToArray();
        Length = from.Length;
    }

    public int Length { get; private set; }

    public Span<byte> Span => _octets.AsSpan(0, Length);

    public void Apply(in SimOperation operation)
    {
        if (operation.Octets is { } octets)
            Write(operation.Offset, octets);
        else
            Resize(operation.Length);
    }

    public void Write(long offset, ReadOnlySpan<byte> octets)
    {
        if (offset + octets.Length > Length)
            Resize(offset + octets.Length);
        octets.CopyTo(_octets.AsSpan((int)offset));
    }

    public void Resize(long length)
    {
        if (length > _octets.Length)
            Array.Resize(ref _octets, (int)Math.Max(length, _octets.Length * 2L));
        if (length < Length)
            _octets.AsSpan((int)length, Length - (int)length).Clear();
        Length = (int)length;
    }
}
