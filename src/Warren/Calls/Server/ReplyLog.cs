using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Warren;

/// <summary>
/// Replies by call id, in the order in which they came, as octets in pages: the garbage collector finds a few arrays without references instead of a
/// million small objects that outlive all others. The oldest goes first; a page goes with its last reply, and is used again.
/// </summary>
internal sealed class ReplyLog
{
    private const int SmallestPage = 4 * 1024;
    private const int LargestPage = 1024 * 1024;
    private const int None = -1;
    private const int SmallestRing = 16;

    private readonly List<byte[]> _pages = [];
    // A ring: an entry's place is its number, which counts from the first that ever was. Lengths are powers of two.
    private Entry[] _entries = new Entry[SmallestRing];
    private long[] _buckets = NewBuckets(SmallestRing);  // The number of the newest entry of each hash. Older ones are linked from it, down to those that are gone.
    private long _first;
    private byte[]? _page;     // The last one, where the next reply goes.
    private int _used;         // Of it.
    private int _firstPage;    // The number of the first page that is there.
    private byte[]? _spare;

    private struct Entry
    {
        public long StoredAt;
        public long Older;
        public int Hash;
        public int Page;
        public int Offset;
        public int IdLength; // In octets, as the others; the parts follow each other in this order.
        public int BodyLength;
        public int TypeLength;
        public int DetailLength;
        public int FaultLength;
        public int Skipped; // Of the page before, whose rest was too small.
        public sbyte Status; // None for a value.
        public sbyte Outcome;

        public readonly int Octets => IdLength + BodyLength + TypeLength + DetailLength + FaultLength;
    }

    /// <summary>How many replies there are.</summary>
    public int Count { get; private set; }

    /// <summary>What they take, with what it takes to find them.</summary>
    public long Octets { get; private set; }

    /// <summary>When the oldest was stored. Only when there is one.</summary>
    public long OldestAt => At(_first).StoredAt;

    /// <summary>Finds the reply of an id.</summary>
    public bool TryFind(string callId, [NotNullWhen(true)] out StoredReply? reply)
    {
        var number = Find(callId, string.GetHashCode(callId, StringComparison.Ordinal));
        reply = number == None ? null : Read(At(number));
        return reply is not null;
    }

    /// <summary>Adds a reply as the newest; false when there is one of this id.</summary>
    public bool TryAdd(string callId, StoredReply reply, long storedAt)
    {
        var hash = string.GetHashCode(callId, StringComparison.Ordinal);
        if (Find(callId, hash) != None)
            return false;
        if (Count == _entries.Length)
            Grow();
        var entry = new Entry
        {
            StoredAt = storedAt,
            Hash = hash,
            IdLength = OctetsOf(callId).Length,
            BodyLength = reply.Body.Length,
            TypeLength = OctetsOf(reply.ContentType).Length,
            DetailLength = OctetsOf(reply.Detail).Length,
            FaultLength = OctetsOf(reply.FaultName).Length,
            Status = reply.Status is { } status ? (sbyte)status : (sbyte)None,
            Outcome = (sbyte)reply.Outcome,
        };
        var room = Reserve(ref entry);
        Write(ref room, OctetsOf(callId));
        Write(ref room, reply.Body.Span);
        Write(ref room, OctetsOf(reply.ContentType));
        Write(ref room, OctetsOf(reply.Detail));
        Write(ref room, OctetsOf(reply.FaultName));
        var number = _first + Count;
        Link(ref entry, number);
        At(number) = entry;
        Count++;
        Octets += SizeOf(entry);
        return true;
    }

    /// <summary>Drops the oldest. Only when there is one.</summary>
    public void RemoveOldest()
    {
        Octets -= SizeOf(At(_first)); // Links to it stay: whoever comes to a number below the first has come to the end.
        _first++;
        Count--;
        var firstUsed = Count == 0 ? _firstPage + _pages.Count : At(_first).Page;
        for (; _firstPage < firstUsed; _firstPage++)
        {
            Retire(_pages[0]);
            _pages.RemoveAt(0);
        }
    }

    private static int SizeOf(in Entry entry) => entry.Octets + entry.Skipped + Unsafe.SizeOf<Entry>() + (2 * sizeof(long));

    private static ReadOnlySpan<byte> OctetsOf(string text) => MemoryMarshal.AsBytes(text.AsSpan());

    private static string TextOf(ReadOnlySpan<byte> octets) => octets.IsEmpty ? "" : new string(MemoryMarshal.Cast<byte, char>(octets));

    private static void Write(ref Span<byte> room, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(room);
        room = room[octets.Length..];
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> octets, int length)
    {
        var part = octets[..length];
        octets = octets[length..];
        return part;
    }

    private static long[] NewBuckets(int entries)
    {
        var buckets = new long[2 * entries];
        Array.Fill(buckets, None);
        return buckets;
    }

    private ref Entry At(long number) => ref _entries[(int)number & (_entries.Length - 1)];

    private ref long BucketOf(int hash) => ref _buckets[hash & (_buckets.Length - 1)];

    private long Find(string callId, int hash)
    {
        for (var number = BucketOf(hash); number >= _first; number = At(number).Older)
        {
            ref var entry = ref At(number);
            if (entry.Hash == hash && OctetsOf(entry)[..entry.IdLength].SequenceEqual(OctetsOf(callId)))
                return number;
        }
        return None;
    }

    private ReadOnlySpan<byte> OctetsOf(in Entry entry) => _pages[entry.Page - _firstPage].AsSpan(entry.Offset, entry.Octets);

    private StoredReply Read(in Entry entry)
    {
        var octets = OctetsOf(entry);
        Next(ref octets, entry.IdLength);
        var body = Next(ref octets, entry.BodyLength).ToArray();
        var type = TextOf(Next(ref octets, entry.TypeLength));
        var detail = TextOf(Next(ref octets, entry.DetailLength));
        return new StoredReply(entry.Status == None ? null : (RpcStatus)entry.Status, type, body, detail)
        {
            FaultName = TextOf(octets),
            Outcome = (RpcOutcome)entry.Outcome,
        };
    }

    private Span<byte> Reserve(ref Entry entry)
    {
        if (_page is null || entry.Octets > _page.Length - _used)
        {
            entry.Skipped = _page is null ? 0 : _page.Length - _used;
            var length = Math.Max(entry.Octets, (int)Math.Clamp(Octets, SmallestPage, LargestPage));
            _page = _spare is { } spare && spare.Length >= length ? spare : new byte[length];
            if (_page == _spare)
                _spare = null;
            _pages.Add(_page);
            _used = 0;
        }
        entry.Page = _firstPage + _pages.Count - 1;
        entry.Offset = _used;
        _used += entry.Octets;
        return _page.AsSpan(entry.Offset, entry.Octets);
    }

    private void Retire(byte[] page)
    {
        if (page == _page)
            _page = null;
        if (page.Length <= LargestPage && page.Length > (_spare?.Length ?? 0))
            _spare = page;
    }

    private void Link(ref Entry entry, long number)
    {
        ref var bucket = ref BucketOf(entry.Hash);
        entry.Older = bucket;
        bucket = number;
    }

    private void Grow()
    {
        var larger = new Entry[_entries.Length * 2];
        _buckets = NewBuckets(larger.Length);
        for (var number = _first; number < _first + Count; number++)
        {
            ref var entry = ref larger[(int)number & (larger.Length - 1)];
            entry = At(number);
            Link(ref entry, number);
        }
        _entries = larger;
    }
}
