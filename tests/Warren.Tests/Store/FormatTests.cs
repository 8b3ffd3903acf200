using System.Text;
using Warren.Simulation;
using Warren.Store;

namespace Warren.Tests.Store;

/// <summary>The format, octet for octet: what one version wrote, every later one reads.</summary>
public sealed class FormatTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    public void Checksums_are_CRC32C(string text, uint expected) => Assert.Equal(expected, Crc32C.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Checksums_of_zeros_and_ones_are_those_of_RFC_3720()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        var ones = new byte[32];
        ones.AsSpan().Fill(0xFF);
        Assert.Equal(0x62A8AB43u, Crc32C.Of(ones));
        Assert.Equal(0x62A8AB43u, Crc32C.Append(Crc32C.Of(ones.AsSpan(0, 13)), ones.AsSpan(13)));
    }

    [Fact]
    public void A_segment_has_these_octets()
    {
        var disk = new SimDisk();
        using (var journal = Journal.Open(disk, ModelledJournal.Small, new Owner()))
        {
            journal.Writer.Prepare();
            var id = journal.Add(9, "head"u8, "body"u8);
            journal.Seal();
            _ = journal.Writer.RunOnce();
            journal.Replace(id, 8, [], "other"u8);
            journal.Remove(id);
            journal.Seal();
        }

        Assert.Equal(["00000000000000000001.wj", "journal.id"], disk.List());
        var octets = disk.Octets("00000000000000000001.wj");
        Assert.Equal("57415252454E574A 01000000 00040000 0100000000000000 175A000000000000 0100000000000000", Hex(octets.AsSpan(0, 40), 8, 4, 4, 8, 8, 8));
        Assert.Equal(octets.AsSpan(0, 64), octets.AsSpan(512, 64));
        Assert.Equal(Crc32C.Of(octets.AsSpan(0, 60)), BitConverter.ToUInt32(octets, 60));

        // The batch of the first step; then its only record.
        Assert.Equal("574A 01 01 1E000000", Hex(octets.AsSpan(1024, 8), 2, 1, 1, 4));
        Assert.Equal(BitConverter.ToUInt32(octets, 60), BitConverter.ToUInt32(octets, 1024 + 8));
        Assert.Equal("01000000 0100000000000000", Hex(octets.AsSpan(1024 + 12, 12), 4, 8));
        Assert.Equal("01 09 0100000000000000 04000000 04000000 68656164 626F6479", Hex(octets.AsSpan(1024 + 32 + 4, 26), 1, 1, 8, 4, 4, 4, 4));

        // The batch of the second, chained to the first; then the end.
        const int second = 1024 + 32 + 30;
        Assert.Equal("574A 01 01 29000000", Hex(octets.AsSpan(second, 8), 2, 1, 1, 4));
        Assert.Equal(BitConverter.ToUInt32(octets, 1024 + 28), BitConverter.ToUInt32(octets, second + 8));
        Assert.Equal("03 00 0100000000000000", Hex(octets.AsSpan(second + 32 + 27 + 4, 10), 1, 1, 8));
        Assert.Equal("574A 03 01 00000000", Hex(octets.AsSpan(second + 32 + 41, 8), 2, 1, 1, 4));
        Assert.Equal(second + 32 + 41 + 32, octets.Length);
    }

    [Fact]
    public void F26_A_newer_format_is_refused_and_left_alone()
    {
        var disk = new SimDisk();
        using (var journal = Journal.Open(disk, ModelledJournal.Small, new Owner()))
        {
            journal.Add(1, "a"u8, "b"u8);
            journal.Seal();
        }
        foreach (var name in disk.List())
        {
            var newer = disk.Copy();
            newer.Rot(name, octets =>
            {
                foreach (var copy in (int[])[0, 512])
                {
                    octets[copy + 8] = 2;
                    BitConverter.TryWriteBytes(octets[(copy + 60)..], Crc32C.Of(octets.Slice(copy, 60)));
                }
            });
            var before = newer.Octets(name);
            var refusal = Assert.Throws<NewerVersionException>(() => Journal.Open(newer, ModelledJournal.Small, new Owner()));
            Assert.Equal(2u, refusal.Version);
            Assert.Contains("/sim", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(before, newer.Octets(name));
            Assert.Equal(disk.List(), newer.List());
        }
    }

    [Fact]
    public void F06_A_batch_is_valid_only_in_the_place_that_it_was_written_for()
    {
        var octets = new byte[BatchHeader.Length];
        var place = new BatchPlace(Salt: 1, Segment: 2, Offset: 3000);
        var checksum = new BatchHeader(BatchKind.Steps, BeginsGroup: true, 0, 5, 0, 7, 0).Write(octets, place);
        Assert.True(BatchHeader.TryRead(octets, place, out var header, out var read));
        Assert.Equal((checksum, 7UL, 5U), (read, header.FirstId, header.Previous));
        foreach (var elsewhere in (BatchPlace[])[place with { Salt = 2 }, place with { Segment = 3 }, place with { Offset = 3512 }])
            Assert.False(BatchHeader.TryRead(octets, elsewhere, out _, out _));
    }

    private static string Hex(ReadOnlySpan<byte> octets, params int[] lengths)
    {
        var words = new List<string>();
        foreach (var length in lengths)
        {
            words.Add(Convert.ToHexString(octets[..length]));
            octets = octets[length..];
        }
        Assert.Equal(0, octets.Length);
        return string.Join(' ', words);
    }
}
