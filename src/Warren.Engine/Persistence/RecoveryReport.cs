namespace Warren.Engine;

/// <summary>What an engine has made of the records of its journal.</summary>
public sealed class RecoveryReport
{
    private readonly List<RecoveryFault> _faults = [];

    /// <summary>Durable exchanges, without the predeclared ones.</summary>
    public int Exchanges { get; internal set; }

    /// <summary>Durable queues.</summary>
    public int Queues { get; internal set; }

    /// <summary>Bindings between durable things.</summary>
    public int Bindings { get; internal set; }

    /// <summary>Messages, once for each queue or exchange that has them.</summary>
    public int Messages { get; internal set; }

    /// <summary>What could not be used. Those records stay in the journal as they are; nothing is made up in their place.</summary>
    public IReadOnlyList<RecoveryFault> Faults => _faults;

    internal void Add(RecoveryFault fault) => _faults.Add(fault);
}

/// <summary>Records that could not be used.</summary>
/// <param name="Kind">What they are, or say that they are.</param>
/// <param name="FirstId">The smallest id among them.</param>
/// <param name="Count">How many they are.</param>
/// <param name="What">What is wrong, as a sentence without its full stop.</param>
public sealed record RecoveryFault(RecordKind Kind, ulong FirstId, int Count, string What);
