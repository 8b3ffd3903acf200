using System.Buffers;

namespace Warren;

/// <summary>Text that stands in JSON as it is.</summary>
internal static class PlainText
{
    private const string All = " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    /// <summary>Printable ASCII without the quote and the backslash.</summary>
    public static SearchValues<char> Characters { get; } = SearchValues.Create(All);

    /// <summary>The same as octets.</summary>
    public static SearchValues<byte> Octets { get; } = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(All));
}
