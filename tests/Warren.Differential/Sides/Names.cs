using System.Globalization;
using System.Text.RegularExpressions;

namespace Warren.Differential;

/// <summary>
/// Names in a script and on the wire. <c>~</c> is this run's mark, so that no script meets what another left behind; <c>{gen:1}</c>, <c>{tag:1}</c> and
/// <c>{reply:1}</c> are the first queue name, consumer tag and reply address that the broker made; <c>{x255}</c> is 255 letters. What the broker
/// has not made is a name of this run that nobody has.
/// </summary>
internal sealed partial class Names(string run)
{
    private readonly Dictionary<string, string> _given = []; // By its placeholder, what the broker made.
    private readonly Dictionary<string, string> _placeholders = [];

    public string OnWire(string text)
    {
        if (text.Contains('{', StringComparison.Ordinal))
            text = Placeholder().Replace(text, match => Meaning(match.Value));
        if (text.Contains('%', StringComparison.Ordinal))
            text = Uri.UnescapeDataString(text);
        return text.Replace("~", run, StringComparison.Ordinal);
    }

    public string InScript(string text)
    {
        if (text.Contains("amq.", StringComparison.Ordinal))
            text = Made().Replace(text, match => PlaceholderOf(match.Value));
        return text.Replace(run, "~", StringComparison.Ordinal);
    }

    private string Meaning(string placeholder) =>
        placeholder[1] == 'x' ? new string('x', int.Parse(placeholder[2..^1], CultureInfo.InvariantCulture)) : _given.GetValueOrDefault(placeholder, "~" + placeholder);

    private string PlaceholderOf(string made)
    {
        if (_placeholders.TryGetValue(made, out var known))
            return known;
        var kind = made.StartsWith("amq.gen", StringComparison.Ordinal) ? "gen" : made.StartsWith("amq.ctag", StringComparison.Ordinal) ? "tag" : "reply";
        var number = 1 + _given.Keys.Count(key => key.StartsWith($"{{{kind}:", StringComparison.Ordinal));
        var placeholder = $"{{{kind}:{number}}}";
        _given[placeholder] = made;
        _placeholders[made] = placeholder;
        return placeholder;
    }

    [GeneratedRegex(@"\{(?:x\d+|(?:gen|tag|reply):\d+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"amq\.gen-[A-Za-z0-9_-]{22}|amq\.ctag-[A-Za-z0-9_-]{22}|amq\.rabbitmq\.reply-to\.[^\s'"";]+")]
    private static partial Regex Made();
}
