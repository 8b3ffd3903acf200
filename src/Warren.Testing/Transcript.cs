using System.Text;

namespace Warren.Testing;

/// <summary>
/// Everything that went over the connections, in its order, with the clock's time: methods with their header and body frames, heartbeats, and what scripts
/// did. Bounded: the oldest lines go first.
/// </summary>
public sealed class Transcript
{
    private readonly Lock _gate = new();
    private readonly Queue<TranscriptEntry> _entries = []; // Guarded by _gate, as the number.
    private readonly TestClock _time;
    private readonly int _limit;
    private long _forgotten;

    internal Transcript(TestClock time, int limit)
    {
        _time = time;
        _limit = limit;
    }

    /// <summary>A copy of all lines.</summary>
    public IReadOnlyList<TranscriptEntry> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    /// <summary>How many lines were forgotten because there were too many.</summary>
    public long Forgotten
    {
        get
        {
            lock (_gate)
                return _forgotten;
        }
    }

    /// <summary>Forgets all lines, so that what follows can be looked at alone.</summary>
    public void Clear()
    {
        lock (_gate)
            _entries.Clear();
    }

    /// <summary>
    /// Makes sure that each of these texts is part of a line (<see cref="TranscriptEntry.Text"/>), in this order; other lines may lie between. In a
    /// text <c>*</c> stands for anything.
    /// </summary>
    /// <exception cref="TranscriptException">One of them is missing; the message names it and shows the lines.</exception>
    public void ShouldContainInOrder(params string[] texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var entries = Entries;
        var next = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            var from = next;
            while (next < entries.Count && !Contains(entries[next].Text, texts[i]))
                next++;
            if (next == entries.Count)
                throw new TranscriptException($"No line{(i == 0 ? "" : $" behind the one with \"{texts[i - 1]}\"")} contains \"{texts[i]}\". The lines{(i == 0 ? "" : " there")}:{Environment.NewLine}{Show(entries.Skip(from))}");
            next++;
        }
    }

    /// <summary>Makes sure that no line contains this text, in which <c>*</c> stands for anything.</summary>
    /// <exception cref="TranscriptException">One does.</exception>
    public void ShouldNotContain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Entries.FirstOrDefault(entry => Contains(entry.Text, text)) is { } found)
            throw new TranscriptException($"A line contains \"{text}\": {found}");
    }

    /// <summary>All lines.</summary>
    public override string ToString() => Show(Entries);

    internal void Add(Wire.Session session, WireMessage message, string note) => Add(new TranscriptEntry(_time.Elapsed, session, message, note));

    internal void Note(Wire.Session session, string note) => Add(new TranscriptEntry(_time.Elapsed, session, null, note));

    private void Add(TranscriptEntry entry)
    {
        lock (_gate)
        {
            _entries.Enqueue(entry);
            if (_entries.Count > _limit)
            {
                _entries.Dequeue();
                _forgotten++;
            }
        }
        _time.Calm.Disturb();
    }

    private static bool Contains(string line, string text)
    {
        var at = 0;
        foreach (var part in text.Split('*'))
        {
            var found = line.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at = found + part.Length;
        }
        return true;
    }

    private static string Show(IEnumerable<TranscriptEntry> entries)
    {
        var text = new StringBuilder();
        foreach (var entry in entries)
            text.Append(entry).AppendLine();
        return text.ToString();
    }
}

/// <summary>The transcript is not what a test expects.</summary>
public sealed class TranscriptException : Exception
{
    /// <summary>Without a word.</summary>
    public TranscriptException()
    {
    }

    /// <summary>With what is missing.</summary>
    public TranscriptException(string message)
        : base(message)
    {
    }

    /// <summary>With what is missing and its cause.</summary>
    public TranscriptException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
