using System.Globalization;

namespace Warren.Testing;

/// <summary>A line of the transcript: a message on a connection, or something that a script did to it.</summary>
public sealed class TranscriptEntry
{
    private readonly Wire.Session _session;
    private readonly string _note;

    internal TranscriptEntry(TimeSpan time, Wire.Session session, WireMessage? message, string note)
    {
        Time = time;
        _session = session;
        Message = message;
        _note = note;
    }

    /// <summary>When, since the broker started.</summary>
    public TimeSpan Time { get; }

    /// <summary>The connection's name.</summary>
    public string Connection => _session.Name;

    /// <summary>Which of the broker's connections it was, from 1.</summary>
    public int ConnectionNumber => _session.Number;

    /// <summary>The message; null for a line that a script wrote.</summary>
    public WireMessage? Message { get; }

    /// <summary>Without time and numbers: <c>client -> basic.publish exchange='' routing_key='slow' mandatory ... body='1'</c>.</summary>
    public string Text
    {
        get
        {
            var arrow = Message switch { null => "", { Direction: WireDirection.Sent } => "-> ", _ => "<- " };
            var parts = $"{Connection} {arrow}{Message}";
            return _note.Length == 0 ? parts : $"{parts.TrimEnd()} {_note}";
        }
    }

    /// <summary>With the time and the numbers of connection and channel in front.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Time:hh\\:mm\\:ss\\.fff} {ConnectionNumber}/{Message?.Channel ?? 0} {Text}");
}
