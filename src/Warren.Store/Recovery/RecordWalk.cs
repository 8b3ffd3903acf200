namespace Warren.Store;

/// <summary>
/// Reads all live records in the order of their ids. That is mostly the order of the files too, except where compaction moved something; so each segment that is
/// at hand has a window of its own, large where reading goes on where it ended, small where it jumps.
/// </summary>
internal sealed class RecordWalk(LiveRecords records, RecoveryReport report)
{
    private const int Windows = 16;

    private readonly Window[] _windows = Enumerable.Range(0, Windows).Select(_ => new Window()).ToArray();

    public void Run(RecordVisitor visitor)
    {
        List<ulong>? lost = null;
        foreach (var (id, place) in records.InOrder())
        {
            var segment = records.SegmentOf(place);
            if (TryRead(segment, place, id, out var record))
            {
                visitor(id, record.Kind, record.Head, record.Body);
                continue;
            }
            report.Add(new Damage(segment.Name, place.Offset, place.Length, "a record cannot be read", id, 1));
            segment.IsDamaged = true;
            (lost ??= []).Add(id);
        }
        foreach (var id in lost ?? [])
            records.Forget(id);
    }

    private bool TryRead(Segment segment, in Place place, ulong id, out Record record)
    {
        record = default;
        try
        {
            var octets = _windows[segment.Slot % Windows].Read(segment, place.Offset, place.Length);
            return Record.TryRead(octets, out record) && record.IsIntact && record.Id == id;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private sealed class Window
    {
        private const int Jump = 16 << 10;
        private const int Stretch = 512 << 10;

        private byte[] _octets = [];
        private Segment? _segment;
        private long _offset;
        private int _count;

        public ReadOnlySpan<byte> Read(Segment segment, long offset, int count)
        {
            if (_segment != segment || offset < _offset || offset + count > _offset + _count)
                Fill(segment, offset, count);
            return _octets.AsSpan((int)(offset - _offset), Math.Max(0, Math.Min(count, _count - (int)(offset - _offset))));
        }

        private void Fill(Segment segment, long offset, int count)
        {
            var goesOn = _segment == segment && offset >= _offset && offset <= _offset + _count + Jump;
            var want = Math.Max(count, goesOn ? Stretch : Jump);
            if (_octets.Length < want)
                _octets = new byte[want];
            (_segment, _offset, _count) = (segment, offset, 0);
            _count = Read(segment.File, offset, count, want);
        }

        // What lies behind the record may be unreadable though the record is not.
        private int Read(IDiskFile file, long offset, int count, int want)
        {
            try
            {
                return file.Read(offset, _octets.AsSpan(0, want));
            }
            catch (DiskException)
            {
                return file.Read(offset, _octets.AsSpan(0, count));
            }
        }
    }
}
