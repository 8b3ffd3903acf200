using System.CommandLine;
using System.Globalization;

namespace Warren.Cli.Options;

/// <summary>A time such as <c>5</c> (seconds), <c>1.5s</c>, <c>200ms</c> or <c>2m</c>.</summary>
internal sealed class DurationOption : Option<TimeSpan?>
{
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    // The longest first: "ms" ends in "s".
    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("", 1)];

    private readonly TimeSpan _fallback;

    public DurationOption(string name, string description, TimeSpan fallback)
        : base(name)
    {
        _fallback = fallback;
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} [default: {fallback.TotalSeconds:0.###}s]");
        HelpName = "TIME";
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var time))
                return time;
            result.AddError($"{name} is '{text}'; write a time above zero and up to a day, such as 5s, 200ms or 2m");
            return null;
        };
    }

    public TimeSpan Of(ParseResult line) => line.GetValue(this) ?? _fallback;

    public static bool TryParse(string text, out TimeSpan time)
    {
        time = default;
        var (suffix, unit) = Array.Find(Units, unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        if (!double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        var seconds = number * unit;
        if (!(seconds > 0 && seconds <= Most.TotalSeconds))
            return false;
        time = TimeSpan.FromSeconds(seconds);
        return time > TimeSpan.Zero;
    }
}
