namespace Warren.Engine;

/// <summary>Where the engine's randomness comes from: the system's generator, or a test's seed.</summary>
public interface IEntropy
{
    /// <summary>Fills the span with octets that nobody outside can guess.</summary>
    void Fill(Span<byte> octets);
}
