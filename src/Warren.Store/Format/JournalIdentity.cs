using System.Security.Cryptography;

namespace Warren.Store;

/// <summary>
/// What a journal remembers beside its segments. Its salt, a random number that is part of every batch's checksum, stands in every segment's header, and here for
/// the case that the only one is damaged. And an id above those that may have been given: also when nothing of them ever came to be written.
/// </summary>
internal static class JournalIdentity
{
    /// <summary>What is in the file, null when there is none or it is damaged.</summary>
    /// <exception cref="NewerVersionException">It is of a version that this program does not know.</exception>
    public static SegmentHeader? Read(IDisk disk)
    {
        Span<byte> octets = stackalloc byte[SegmentHeader.Length];
        try
        {
            using var file = disk.Open(SegmentName.Identity);
            if (file.Read(0, octets) < octets.Length || !SegmentHeader.TryRead(octets, out var header, out var version, out _))
                return null;
            return version <= SegmentHeader.Version ? header : throw new NewerVersionException(disk.Folder, version);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Writes the file anew, whole or not at all.</summary>
    public static void Write(IDisk disk, ulong salt, ulong nextId)
    {
        const string fresh = SegmentName.Identity + ".new";
        if (disk.List().Contains(fresh))
            disk.Unlink(fresh);
        Span<byte> octets = stackalloc byte[SegmentHeader.Area];
        _ = new SegmentHeader(0, salt, nextId).Write(octets);
        using (var file = disk.Create(fresh))
        {
            file.Write(0, octets);
            file.Sync();
        }
        disk.Rename(fresh, SegmentName.Identity);
        disk.SyncDirectory();
    }

    public static ulong NewSalt()
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(octets);
        return BitConverter.ToUInt64(octets);
    }
}
