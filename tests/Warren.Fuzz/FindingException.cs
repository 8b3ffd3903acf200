namespace Warren.Fuzz;

/// <summary>An input that broke a promise.</summary>
public sealed class FindingException : Exception
{
    /// <summary>What was promised.</summary>
    public FindingException(string what, Exception? inner = null)
        : base(what, inner)
    {
    }

    /// <summary>The input.</summary>
    public byte[] Input { get; set; } = [];

    /// <summary>Throws unless it holds.</summary>
    public static void Unless(bool holds, string what)
    {
        if (!holds)
            throw new FindingException(what);
    }
}
