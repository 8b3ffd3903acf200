namespace Warren.Fuzz;

/// <summary>T0: breaks on purpose, in each way in which a target can, so that tests see what becomes of it. The first octet says how.</summary>
internal sealed class FallingTarget : ITarget
{
    /// <inheritdoc/>
    public string Name => "T0";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = [[0]];

    /// <inheritdoc/>
    public int Run(byte[] input)
    {
        switch (input.FirstOrDefault())
        {
            case (byte)'e': throw new InvalidOperationException("fallen");
            case (byte)'s': return Deeper(1);
            case (byte)'o': Meter.Run(input, () => new byte[1 << 20].Length >> 20); break;
            case (byte)'l': Hang(); break;
        }
        return input.Length;
    }

    private static int Deeper(int depth) => depth == int.MaxValue ? 0 : Deeper(depth + 1) + depth;

    private static void Hang()
    {
        while (true)
            Thread.Sleep(1);
    }
}
