using Warren.Engine;

namespace Warren.Simulation;

/// <summary>Journal seams with one bug each: what an engine does wrong that forgets to write something, or writes something else.</summary>
internal static class BrokenJournals
{
    /// <summary>Records of one kind are not written, each, or each n-th of them.</summary>
    public sealed class WithoutAdd(IJournal journal, RecordKind forgotten, int every = 1) : CanaryJournal(journal)
    {
        private int _count;

        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) =>
            kind == forgotten && ++_count % every == 0 ? Invent() : Inner.Add(kind, head, body);
    }

    /// <summary>The end of records of one kind is not written.</summary>
    public sealed class WithoutRemove(IJournal journal, RecordKind forgotten) : CanaryJournal(journal)
    {
        private readonly HashSet<ulong> _ids = [];

        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
            var id = Inner.Add(kind, head, body);
            if (kind == forgotten)
                _ids.Add(id);
            return id;
        }

        public override void Remove(ulong id)
        {
            if (!_ids.Contains(id))
                base.Remove(id);
        }
    }

    /// <summary>New contents of records are not written.</summary>
    public sealed class WithoutReplace(IJournal journal) : CanaryJournal(journal)
    {
        public override void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
        }
    }

    /// <summary>New contents become a second record beside the old one.</summary>
    public sealed class AddingInsteadOfReplacing(IJournal journal) : CanaryJournal(journal)
    {
        public override void Replace(ulong id, RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => Inner.Add(kind, head, body);
    }

    /// <summary>Each second message that is removed takes one with it that was not.</summary>
    public sealed class RemovingTheWrongOne(IJournal journal) : CanaryJournal(journal)
    {
        private ulong _last;

        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
            var id = Inner.Add(kind, head, body);
            if (kind == RecordKind.Message)
                _last = id;
            return id;
        }

        public override void Remove(ulong id)
        {
            if (_last != 0 && id < _last)
            {
                Inner.Remove(_last);
                _last = 0;
                return;
            }
            _last = id == _last ? 0 : _last;
            base.Remove(id);
        }
    }

    /// <summary>A record is removed twice.</summary>
    public sealed class RemovingTwice(IJournal journal) : CanaryJournal(journal)
    {
        public override void Remove(ulong id)
        {
            base.Remove(id);
            base.Remove(id);
        }
    }

    /// <summary>Each message is in two records.</summary>
    public sealed class AddingTwice(IJournal journal) : CanaryJournal(journal)
    {
        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
            if (kind == RecordKind.Message)
                Inner.Add(kind, head, body);
            return Inner.Add(kind, head, body);
        }
    }

    /// <summary>A body loses its last octet on its way into the journal.</summary>
    public sealed class ShorteningBodies(IJournal journal) : CanaryJournal(journal)
    {
        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) =>
            Inner.Add(kind, head, body.IsEmpty ? body : body[..^1]);
    }

    /// <summary>An octet of a body changes on its way into the journal.</summary>
    public sealed class ChangingBodies(IJournal journal) : CanaryJournal(journal)
    {
        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
            if (body.IsEmpty)
                return Inner.Add(kind, head, body);
            var changed = body.ToArray();
            changed[changed.Length / 2] ^= 1;
            return Inner.Add(kind, head, changed);
        }
    }

    /// <summary>A step is sealed in its middle: a crash may leave half of it.</summary>
    public sealed class SealingInTheMiddle(IJournal journal, SealableJournal seal) : CanaryJournal(journal)
    {
        public override ulong Add(RecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
        {
            var id = Inner.Add(kind, head, body);
            seal();
            return id;
        }
    }

    /// <summary>The journal says that it is not as far as it is: what waits for the disk waits for too little.</summary>
    public sealed class CountingTooLittle(IJournal journal) : CanaryJournal(journal), IJournal
    {
        long IJournal.Position => Math.Max(0, Inner.Position - 2);

        long IJournal.NextPosition => Math.Max(0, Inner.Position - 2) + 1;
    }
}
