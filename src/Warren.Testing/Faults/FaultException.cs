namespace Warren.Testing;

/// <summary>A script that cannot do what it should, or that never did. The message says what was there instead.</summary>
public sealed class FaultException : Exception
{
    /// <summary>Without a word.</summary>
    public FaultException()
    {
    }

    /// <summary>With what went wrong.</summary>
    public FaultException(string message)
        : base(message)
    {
    }

    /// <summary>With what went wrong and its cause.</summary>
    public FaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
