namespace Warren.Store;

/// <summary>An open file of an <see cref="IDisk"/>. What is written is durable only after <see cref="Sync"/>.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>The length in octets.</summary>
    /// <exception cref="DiskException">The disk does not tell.</exception>
    long Length { get; }

    /// <summary>Writes all the octets at the offset; the file grows where they end behind it.</summary>
    /// <exception cref="DiskException">They are not all written; some may be.</exception>
    void Write(long offset, ReadOnlySpan<byte> octets);

    /// <summary>Reads octets from the offset; fewer than asked for only where the file ends. Returns how many.</summary>
    /// <exception cref="DiskException">The disk does not give them back.</exception>
    int Read(long offset, Span<byte> octets);

    /// <summary>Returns when everything written to this file is on disk (fdatasync).</summary>
    /// <exception cref="DiskException">It is not, and a second try would not tell the truth: the system forgets what it failed to write.</exception>
    void Sync();

    /// <summary>Cuts the file off, or lets it grow by zeros.</summary>
    /// <exception cref="DiskException">The disk refuses.</exception>
    void Truncate(long length);

    /// <summary>Takes room on the disk for so many octets from the beginning; the file then has at least that length, zeros where nothing was written.</summary>
    /// <exception cref="DiskException">The disk refuses; <see cref="DiskException.IsFull"/> when there is no room.</exception>
    void Preallocate(long length);
}
