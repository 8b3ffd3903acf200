namespace Warren.Broker;

/// <summary>Definitions that cannot be taken; the message names the entry at fault. Nothing of them was applied.</summary>
public sealed class DefinitionsException : FormatException
{
    /// <summary>An exception that says what is wrong.</summary>
    public DefinitionsException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and of what it came.</summary>
    public DefinitionsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An exception without a word.</summary>
    public DefinitionsException()
    {
    }
}
