namespace Warren.Engine;

/// <summary>What a connection's user may do in its virtual host.</summary>
public sealed class Authority
{
    private Authority()
    {
    }

    /// <summary>Everything.</summary>
    public static Authority Unlimited { get; } = new();
}
