using Warren.Store;

namespace Warren.Simulation;

/// <summary>Disk seams with one bug each: what a store does wrong that leaves out, or gets in the wrong order, an operation of the disk.</summary>
internal static class BrokenDisks
{
    /// <summary>Files are never synced.</summary>
    public sealed class WithoutSync(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Sync(IDiskFile file)
        {
        }
    }

    /// <summary>Only every other sync is made.</summary>
    public sealed class WithHalfTheSyncs(SimDisk disk) : CanaryDisk(disk)
    {
        private int _count;

        public override void Sync(IDiskFile file)
        {
            if (++_count % 2 == 0)
                file.Sync();
        }
    }

    /// <summary>The folder is never synced.</summary>
    public sealed class WithoutDirectorySync(SimDisk disk) : CanaryDisk(disk)
    {
        public override void SyncDirectory()
        {
        }
    }

    /// <summary>A failed sync is tried again, and believed.</summary>
    public sealed class WithSecondSync(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Sync(IDiskFile file)
        {
            try
            {
                file.Sync();
            }
            catch (DiskException)
            {
                file.Sync();
            }
        }
    }

    /// <summary>A failed write is taken for a good one.</summary>
    public sealed class WithoutWriteErrors(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Write(IDiskFile file, long offset, ReadOnlySpan<byte> octets)
        {
            try
            {
                file.Write(offset, octets);
            }
            catch (DiskException e) when (!e.IsFull)
            {
                // As if nothing had happened.
            }
        }
    }

    /// <summary>Large writes lose their last octets.</summary>
    public sealed class WithShortWrites(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Write(IDiskFile file, long offset, ReadOnlySpan<byte> octets) => file.Write(offset, octets.Length > 700 ? octets[..^3] : octets);
    }

    /// <summary>A segment that is closed is cut off eight octets too early.</summary>
    public sealed class CutTooShort(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Truncate(IDiskFile file, long length) => file.Truncate(Math.Max(0, length - 8));
    }

    /// <summary>Recovery does not see the newest segment.</summary>
    public sealed class WithoutNewestSegment(SimDisk disk) : CanaryDisk(disk)
    {
        private bool _isListed;

        public override IReadOnlyList<string> List()
        {
            var names = Inner.List();
            if (_isListed)
                return names;
            _isListed = true;
            var segments = names.Where(static name => name.EndsWith(".wj", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
            return segments.Length < 2 ? names : names.Where(name => name != segments[^1]).ToArray();
        }
    }

    /// <summary>Compaction deletes the file before that which it should: one that is still needed.</summary>
    public sealed class DeletingTooMuch(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Unlink(string name)
        {
            Inner.Unlink(name);
            var next = Inner.List().Where(static one => one.EndsWith(".wj", StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault();
            if (name.EndsWith(".wj", StringComparison.Ordinal) && next is not null)
                Inner.Unlink(next);
        }
    }

    /// <summary>Compaction never deletes anything.</summary>
    public sealed class DeletingNothing(SimDisk disk) : CanaryDisk(disk)
    {
        public override void Unlink(string name)
        {
            if (!name.EndsWith(".wj", StringComparison.Ordinal))
                Inner.Unlink(name);
        }
    }
}
