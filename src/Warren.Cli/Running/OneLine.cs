using System.Text;

namespace Warren.Cli.Running;

/// <summary>What a broker, a server or a peer wrote may hold line breaks and control characters; a terminal must not obey them.</summary>
internal static class OneLine
{
    public static string Of(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text.ReplaceLineEndings(" "))
            line.Append(char.IsControl(character) && character != '\t' ? '?' : character);
        return line.ToString();
    }
}
