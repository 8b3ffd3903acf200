using System.Security.Cryptography;

namespace Warren.Fuzz;

/// <summary>Inputs as text: hexadecimal digits, lines of any length, and comments from # on.</summary>
public static class Hex
{
    /// <summary>Reads one.</summary>
    public static byte[] Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Convert.FromHexString(string.Concat(text.Split('\n').Select(line => line.Split('#')[0].Trim())));
    }

    /// <summary>A name for an input: the same for the same octets.</summary>
    public static string NameOf(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input)[..6]);

    /// <summary>Writes one.</summary>
    public static string Write(byte[] input, string comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        var lines = Convert.ToHexString(input).Chunk(128).Select(digits => new string(digits));
        return $"# {comment.ReplaceLineEndings("\n# ")}\n{string.Join('\n', lines)}\n";
    }
}
