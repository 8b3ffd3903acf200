namespace Warren.Store;

/// <summary>
/// Opens what is in a journal's folder. Reads all segments, changes only the last: what it holds is written once more and synced, because a process before this
/// one may have left octets that the system shows but never wrote; then it is closed for good. So nothing is served that a power cut could take back.
/// </summary>
internal sealed class JournalRecovery(IDisk disk, JournalOptions options)
{
    private const ulong IdsPerLife = 1UL << 32;

    private readonly RecoveryReport _report = new();
    private readonly LiveRecords _records = new();
    private readonly List<IDiskFile> _files = [];
    private ulong _highestSegment;

    /// <summary>Reads everything.</summary>
    /// <exception cref="NewerVersionException">The folder was written by a newer version.</exception>
    /// <exception cref="DiskException">The disk fails to write or sync.</exception>
    public RecoveredJournal Run()
    {
        try
        {
            return Recover();
        }
        catch
        {
            foreach (var file in _files)
                file.Dispose();
            throw;
        }
    }

    private RecoveredJournal Recover()
    {
        disk.SyncDirectory(); // The list must not be one that a power cut could change.
        var names = disk.List();
        var identity = JournalIdentity.Read(disk);
        var reader = new SegmentReader(disk, _records, _report);
        var found = OpenAll(names, reader);
        var salt = SaltOf(found, identity);

        for (var i = 0; i < found.Count; i++)
            Read(reader, found[i], salt, isLast: i == found.Count - 1);

        _report.LiveRecords = _records.Count;
        // Never an id twice, also not one that was given and lost: what is new begins far above all that is old.
        var given = Math.Max(reader.NextId, identity?.NextId ?? 1);
        var nextId = identity is null && _highestSegment == 0 ? 1 : ((given / IdsPerLife) + 1) * IdsPerLife;
        WriteIdentity(salt, nextId + 1);
        return new RecoveredJournal(_records, _report, salt, nextId, _highestSegment + 1);
    }

    private List<FoundSegment> OpenAll(IReadOnlyList<string> names, SegmentReader reader)
    {
        var found = new List<FoundSegment>();
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            // The number of a damaged segment that was put aside is not used again either.
            var isAside = name.EndsWith(SegmentName.Damaged, StringComparison.Ordinal);
            if (!SegmentName.TryParse(isAside ? name[..^SegmentName.Damaged.Length] : name, out var number))
                continue;
            _highestSegment = Math.Max(_highestSegment, number);
            if (isAside)
                continue;
            var file = disk.Open(name);
            _files.Add(file);
            var header = reader.ReadHeader(file, number, out var checksum);
            found.Add(new FoundSegment(new Segment(number, name, file) { FileOctets = file.Length }, header?.Salt, header is null ? null : checksum));
        }
        return found;
    }

    // The segments know best, and most of them better than one: the identity, or a single segment, may come from another backup.
    private ulong SaltOf(List<FoundSegment> found, SegmentHeader? identity)
    {
        var salts = found.Where(segment => segment.Salt is not null).GroupBy(segment => segment.Salt!.Value).ToList();
        if (salts.Count == 0)
            return identity?.Salt ?? options.NewSalt?.Invoke() ?? JournalIdentity.NewSalt();
        var most = salts.Max(salt => salt.Count());
        var likely = salts.Where(salt => salt.Count() == most).Select(salt => salt.Key).ToList();
        if (identity is not { } known)
            return likely[0];
        if (likely.Contains(known.Salt))
            return known.Salt;
        _report.Add(new Damage(SegmentName.Identity, 0, SegmentHeader.Length, "the file is of another journal than the segments; written anew", 0, 0));
        return likely[0];
    }

    private void WriteIdentity(ulong salt, ulong nextId)
    {
        try
        {
            JournalIdentity.Write(disk, salt, nextId);
        }
        catch (DiskException e) when (e.IsFull && _highestSegment > 0)
        {
            // The segments tell the same of all that was written. A full disk is no reason not to start: what is removed makes room.
        }
    }

    private void Read(SegmentReader reader, FoundSegment found, ulong salt, bool isLast)
    {
        var segment = found.Segment;
        _records.Join(segment);
        _report.Segments++;
        _report.Octets += segment.FileOctets;
        var end = reader.Read(segment, salt, found.HeaderChecksum, isLast);
        if (isLast)
            SegmentCloser.Close(segment, salt, end);
    }

    private readonly record struct FoundSegment(Segment Segment, ulong? Salt, uint? HeaderChecksum);
}

/// <summary>What recovery hands to the journal.</summary>
internal sealed record RecoveredJournal(LiveRecords Records, RecoveryReport Report, ulong Salt, ulong NextId, ulong NextSegment);
