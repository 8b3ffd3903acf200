namespace Warren.Simulation;

/// <summary>A change of a file that no sync has made durable yet: octets at an offset, or with none a new length.</summary>
internal readonly record struct SimOperation(long Offset, byte[]? Octets, long Length)
{
    public static SimOperation Write(long offset, byte[] octets) => new(offset, octets, 0);

    public static SimOperation Resize(long length) => new(0, null, length);
}
