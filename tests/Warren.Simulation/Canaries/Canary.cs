using Warren.Engine;
using Warren.Store;

namespace Warren.Simulation;

/// <summary>A bug that somebody might make, at one of the seams around engine and store. Without any of its parts: none.</summary>
internal sealed record Canary(string Name)
{
    /// <summary>The disk that the store gets.</summary>
    public Func<SimDisk, IDisk>? Disk { get; init; }

    /// <summary>The journal that the engine gets.</summary>
    public Func<IJournal, SealableJournal, IJournal>? Journal { get; init; }

    /// <summary>What the engine is told of how far the disk is, from what the store says and what was appended.</summary>
    public Func<long, long, long>? Persisted { get; init; }

    /// <summary>Whether the engine is told that far as soon as a batch ends, before anything is written.</summary>
    public bool PersistsAtOnce { get; init; }

    /// <summary>Stands between the store's records and the engine's recovery.</summary>
    public Func<IRecoveryFilter>? Recovery { get; init; }

    /// <summary>Changes a frame on its way to a client.</summary>
    public Action<byte[]>? Frame { get; init; }

    /// <summary>The process goes on after a write or a sync has failed, and says that all is well.</summary>
    public bool IgnoresFailure { get; init; }

    /// <summary>The engine hears of time only when a client does something.</summary>
    public bool ForgetsDeadlines { get; init; }

    public static Canary None { get; } = new("none");
}

/// <summary>Ends a step where none ends.</summary>
internal delegate void SealableJournal();

/// <summary>What a broken recovery makes of the records.</summary>
internal interface IRecoveryFilter
{
    /// <summary>False when it loses the record; else it may have changed it.</summary>
    bool Pass(ref ulong id, ref RecordKind kind, ref byte[] octets);
}
