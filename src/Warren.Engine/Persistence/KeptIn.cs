namespace Warren.Engine;

/// <summary>The records of one message, as part of it.</summary>
internal struct KeptIn
{
    /// <summary>The id of its record; 0 while it has none.</summary>
    public ulong RecordId;

    /// <summary>The one place that is written in that record, <see cref="QueueRecords"/> or <see cref="HeldMessage"/>; null when its places have records of their own.</summary>
    public object? SolePlace;

    /// <summary>How many of those there are.</summary>
    public int Entries;
}
