using System.Globalization;
using System.Text;

namespace Warren.Amqp;

/// <summary>Octets as RabbitMQ prints them in its reply texts, with Erlang's formats.</summary>
internal static class ErlangBinary
{
    private const int MaxOctets = 128; // More do not fit into a reply text, which is cut at 255 octets.

    /// <summary>As <c>~w</c> prints them: <c>&lt;&lt;0,0,5,113&gt;&gt;</c>.</summary>
    public static string Written(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder("<<");
        for (var i = 0; i < Math.Min(octets.Length, MaxOctets); i++)
            text.Append(i == 0 ? "" : ",").Append(octets[i].ToString(CultureInfo.InvariantCulture));
        return text.Append(">>").ToString();
    }

    /// <summary>As <c>~p</c> prints them: text where all of them are text, as in <c>&lt;&lt;"GET /"&gt;&gt;</c>.</summary>
    public static string Printed(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder("<<\"");
        foreach (var octet in octets)
        {
            if (Escaped(octet) is not { } printed)
                return Written(octets);
            text.Append(printed);
        }
        return octets.IsEmpty ? "<<>>" : text.Append("\">>").ToString();
    }

    // Null for an octet that is not text. Those above 159 are text in Erlang, as Latin-1.
    private static string? Escaped(byte octet) => octet switch
    {
        8 => "\\b",
        9 => "\\t",
        10 => "\\n",
        11 => "\\v",
        12 => "\\f",
        13 => "\\r",
        27 => "\\e",
        (byte)'"' => "\\\"",
        (byte)'\\' => "\\\\",
        >= 32 and <= 126 or >= 160 => ((char)octet).ToString(),
        _ => null,
    };
}
