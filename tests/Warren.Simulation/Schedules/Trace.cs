using System.Runtime.CompilerServices;

namespace Warren.Simulation;

/// <summary>What happened in a schedule: as a hash always, as lines for people when somebody wants them.</summary>
internal sealed class Trace(bool isTold)
{
    private readonly List<string>? _lines = isTold ? [] : null;

    /// <summary>Two runs of one tape have the same.</summary>
    public ulong Hash { get; private set; } = 1;

    public IReadOnlyList<string> Lines => _lines ?? [];

    public bool IsTold => _lines is not null;

    public void Count(ulong value) => Hash = Mix.Of(value, Hash);

    public void Count(ReadOnlySpan<byte> octets) => Hash = Mix.Of(octets, Hash);

    public void Tell([InterpolatedStringHandlerArgument("")] TraceText text)
    {
        if (_lines is not null)
            _lines.Add(text.Line());
    }
}

/// <summary>A line that is only put together when somebody reads it.</summary>
[InterpolatedStringHandler]
internal readonly ref struct TraceText
{
    private readonly System.Text.StringBuilder? _text;

    public TraceText(int literalLength, int formattedCount, Trace trace, out bool isWanted)
    {
        isWanted = trace.IsTold;
        _text = isWanted ? new System.Text.StringBuilder(literalLength + (formattedCount * 8)) : null;
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(System.Globalization.CultureInfo.InvariantCulture, $"{value}");

    public string Line() => _text!.ToString();
}
