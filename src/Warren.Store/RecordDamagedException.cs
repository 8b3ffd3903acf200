namespace Warren.Store;

/// <summary>A live record that the disk does not give back as it was written.</summary>
public sealed class RecordDamagedException(ulong id, string file, long offset, Exception? inner)
    : JournalException($"The record {id} in '{file}' at octet {offset} cannot be read: {inner?.Message ?? "its checksum does not match"}", inner)
{
    /// <summary>The record's id.</summary>
    public ulong Id { get; } = id;

    /// <summary>The segment file's name.</summary>
    public string File { get; } = file;

    /// <summary>Where the record begins, in octets from the file's beginning.</summary>
    public long Offset { get; } = offset;
}
