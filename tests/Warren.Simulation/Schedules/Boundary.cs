namespace Warren.Simulation;

/// <summary>The end of a batch, as far as the journal was then: what happened in the batch survives a crash when the disk had come so far.</summary>
internal sealed class Boundary(long position = long.MaxValue)
{
    /// <summary>Known when the batch has ended.</summary>
    public long Position { get; set; } = position;
}
