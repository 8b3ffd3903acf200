using System.Globalization;
using System.Text;

namespace Warren.Amqp;

/// <summary>Octets as RabbitMQ prints them in its reply texts: <c>&lt;&lt;0,0,5,113&gt;&gt;</c>.</summary>
internal static class ErlangBinary
{
    private const int MaxOctets = 32;

    public static string Format(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder("<<");
        for (var i = 0; i < Math.Min(octets.Length, MaxOctets); i++)
            text.Append(i == 0 ? "" : ",").Append(octets[i].ToString(CultureInfo.InvariantCulture));
        return text.Append(octets.Length > MaxOctets ? ",...>>" : ">>").ToString();
    }
}
