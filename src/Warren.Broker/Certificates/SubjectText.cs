using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Warren.Broker;

/// <summary>A certificate's subject as text, in the form of RabbitMQ's distinguished names: RFC 4514, with everything escaped that is not printable ASCII.</summary>
internal static class SubjectText
{
    private const string CommonNameId = "2.5.4.3";

    // Two names must not become one because both are broken: each throws.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding s_utf16 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly UTF32Encoding s_utf32 = new(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true);

    /// <summary>The last part first, commas between parts and plus signs within one.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    /// <exception cref="ArgumentException">A text in it is none.</exception>
    public static string Distinguished(ReadOnlyMemory<byte> name) =>
        string.Join(',', Read(name).Select(static part => string.Join('+', part.Select(static one => $"{ShortName(one.Id)}={(one.IsText ? Escape(one.Value) : one.Value)}"))).Reverse());

    /// <summary>Every CN, commas between; null without one.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    /// <exception cref="ArgumentException">A text in it is none.</exception>
    public static string? CommonNames(ReadOnlyMemory<byte> name)
    {
        var names = Read(name).SelectMany(static part => part).Where(static one => one.IsText && one.Id == CommonNameId).Select(static one => one.Value).ToArray();
        return names.Length == 0 ? null : string.Join(',', names);
    }

    /// <summary>The text of an ASN.1 string of any kind.</summary>
    /// <returns>Null when something else comes, which is not read then.</returns>
    /// <exception cref="ArgumentException">It is broken.</exception>
    public static string? ReadText(AsnReader reader)
    {
        var tag = reader.PeekTag();
        var kind = tag.TagClass == TagClass.Universal ? (UniversalTagNumber)tag.TagValue : default;
        switch (kind)
        {
            case UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String: // Many hold more than they should.
                return Content(reader, s_utf8);
            case UniversalTagNumber.BMPString:
                return Content(reader, s_utf16);
            case UniversalTagNumber.T61String: // Latin-1 by custom, whatever the standard says.
                return Content(reader, Encoding.Latin1);
            case UniversalTagNumber.UniversalString:
                return Content(reader, s_utf32);
            default:
                return null;
        }
    }

    private static string Content(AsnReader reader, Encoding encoding)
    {
        var text = encoding.GetString(reader.PeekContentBytes().Span);
        reader.ReadEncodedValue();
        return text;
    }

    // RFC 5280, section 4.1.2.4: a sequence of sets of pairs.
    private static List<List<(string Id, string Value, bool IsText)>> Read(ReadOnlyMemory<byte> name)
    {
        var parts = new List<List<(string, string, bool)>>();
        var sequence = new AsnReader(name, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var part = new List<(string, string, bool)>();
            var set = sequence.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var (id, text) = (pair.ReadObjectIdentifier(), ReadText(pair));
                part.Add((id, text ?? "#" + Convert.ToHexString(pair.ReadEncodedValue().Span), text is not null)); // RFC 4514, section 2.4.
            }
            parts.Add(part);
        }
        return parts;
    }

    // As in RabbitMQ, which means to call 2.5.4.9 STREET and does not.
    private static string ShortName(string id) => id switch
    {
        CommonNameId => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "TITLE",
        "2.5.4.42" => "GIVENNAME",
        "2.5.4.43" => "INITIALS",
        "2.5.4.44" => "GENERATIONQUALIFIER",
        "2.5.4.65" => "PSEUDONYM",
        "1.2.840.113549.1.9.1" => "EMAILADDRESS",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => id,
    };

    private static string Escape(string value)
    {
        var octets = Encoding.UTF8.GetBytes(value);
        var text = new StringBuilder(octets.Length);
        for (var i = 0; i < octets.Length; i++)
        {
            var octet = octets[i];
            if (octet is < 32 or >= 126) // 126, the tilde, as RabbitMQ.
                text.Append(CultureInfo.InvariantCulture, $"\\{octet:X2}");
            else if (octet is (byte)'"' or (byte)'+' or (byte)',' or (byte)';' or (byte)'<' or (byte)'>' or (byte)'\\'
                || (octet == ' ' && (i == 0 || i == octets.Length - 1))
                || (octet == '#' && i == 0))
                text.Append('\\').Append((char)octet);
            else
                text.Append((char)octet);
        }
        return text.ToString();
    }
}
