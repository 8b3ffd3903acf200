namespace Warren.Fuzz;

/// <summary>What is fed with inputs.</summary>
public interface ITarget
{
    /// <summary>T1, T2 or T5.</summary>
    string Name { get; }

    /// <summary>Inputs that go deep, to start from.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Runs one input.</summary>
    /// <returns>A number for what was seen to happen from outside: what <see cref="Feedback.Seen"/> goes by.</returns>
    /// <exception cref="FindingException">A promise is broken. Any other exception is one too.</exception>
    int Run(byte[] input);
}
