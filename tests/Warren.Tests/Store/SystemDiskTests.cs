using System.Text;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>The system's own disk, in a folder of its own.</summary>
public sealed class SystemDiskTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"warren-store-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        else
            File.Delete(_folder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_journal_with_a_thread_writes_and_is_found_again(bool portable)
    {
        var ids = new List<ulong>();
        for (var life = 0; life < 3; life++)
        {
            var owner = new Owner();
            using var journal = Journal.Open(NewDisk(portable), new JournalOptions { SegmentOctets = 1 << 16 }, owner);
            var found = new List<ulong>();
            journal.ReadAll((id, kind, head, body) =>
            {
                Assert.Equal($"{kind}", Encoding.UTF8.GetString(head));
                found.Add(id);
            });
            Assert.Equal(ids, found);
            using (new JournalThread(journal))
            {
                for (var i = 0; i < 2000; i++)
                {
                    ids.Add(journal.Add((byte)(i % 100), Encoding.UTF8.GetBytes($"{i % 100}"), new byte[i % 200]));
                    if (i % 3 == 0)
                    {
                        journal.Remove(ids[0]);
                        ids.RemoveAt(0);
                    }
                    journal.Seal();
                    if (i % 500 == 0)
                        owner.WaitFor(journal.Position);
                }
            }
            Assert.Equal(journal.Position, owner.PersistedPosition);
            Assert.Null(owner.Failure);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F25_A_folder_in_use_is_refused(bool portable)
    {
        using (Journal.Open(NewDisk(portable), new JournalOptions(), new Owner()))
            Assert.Contains(_folder, Assert.Throws<FolderInUseException>(() => Journal.Open(NewDisk(portable), new JournalOptions(), new Owner())).Message, StringComparison.Ordinal);
        Journal.Open(NewDisk(portable), new JournalOptions(), new Owner()).Dispose();
    }

    [Fact]
    public void F26_A_file_in_the_folders_place_is_refused()
    {
        File.WriteAllText(_folder, "a file");
        Assert.Contains(_folder, Assert.Throws<NotAFolderException>(() => NewDisk(false)).Message, StringComparison.Ordinal);
        Assert.Throws<NotAFolderException>(() => NewDisk(true));
        Assert.Equal("a file", File.ReadAllText(_folder));
    }

    [Fact]
    public void F26_A_folder_that_cannot_be_made_is_refused_with_its_name()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // The kernel lets nobody make anything there, root included.
        Assert.Contains("/proc/warren", Assert.Throws<FolderReadOnlyException>(() => new LinuxDisk("/proc/warren")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_fails_names_the_operation_the_path_and_the_reason()
    {
        var disk = NewDisk(false);
        var failure = Assert.Throws<DiskException>(() => disk.Open("missing"));
        Assert.Equal((2, "open", Path.Combine(_folder, "missing")), (failure.Errno, failure.Operation, failure.Path));
        Assert.Contains("No such file", failure.Message, StringComparison.Ordinal);
        disk.Create("there").Dispose();
        Assert.Equal(17, Assert.Throws<DiskException>(() => disk.Create("there")).Errno);
        Assert.Throws<DiskException>(() => disk.Unlink("missing"));
        Assert.Throws<DiskException>(() => disk.Rename("missing", "elsewhere"));
    }

    [Fact]
    public void F07_A_full_device_is_told_by_its_errno()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var full = new LinuxDisk("/dev").Open("full");
        Assert.True(Assert.Throws<DiskException>(() => full.Write(0, new byte[10])).IsFull);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_are_written_read_cut_off_and_preallocated(bool portable)
    {
        var disk = NewDisk(portable);
        using (var file = disk.Create("a"))
        {
            file.Preallocate(10_000);
            file.Write(5_000, "octets"u8);
            file.Sync();
            Assert.Equal(10_000, file.Length);
            file.Truncate(5_003);
            var read = new byte[10];
            Assert.Equal(4, file.Read(4_999, read));
            Assert.Equal("\0oct"u8, read.AsSpan(0, 4));
        }
        disk.Rename("a", "b");
        disk.SyncDirectory();
        Assert.Equal(["b"], disk.List());
        Assert.True(disk.FreeOctets > 0);
        disk.Unlink("b");
        Assert.Empty(disk.List());
    }

    private IDisk NewDisk(bool portable) => portable ? new PortableDisk(_folder) : SystemDisk.Open(_folder);
}
