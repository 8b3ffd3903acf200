using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Warren.Broker;

/// <summary>Finds the user's name in a client certificate, which has been verified before.</summary>
internal static class CertificateUser
{
    private const string AlternativeNamesId = "2.5.29.17";

    /// <param name="certificate">The certificate.</param>
    /// <param name="from">Which of its names.</param>
    /// <param name="index">Of several alternative names of the kind, which; from 0.</param>
    /// <returns>Null when it has none.</returns>
    public static string? Find(X509Certificate2 certificate, CertificateName from, int index)
    {
        try
        {
            var name = from switch
            {
                CertificateName.Distinguished => SubjectText.Distinguished(certificate.SubjectName.RawData),
                CertificateName.Common => SubjectText.CommonNames(certificate.SubjectName.RawData),
                _ => AlternativeNames(certificate, from).ElementAtOrDefault(index),
            };
            return name is "" ? null : name;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or ArgumentException) // Signed, and broken all the same.
        {
            return null;
        }
    }

    // RFC 5280, section 4.2.1.6: the names' tags say of which kind they are.
    private static List<string> AlternativeNames(X509Certificate2 certificate, CertificateName kind)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions.Where(static extension => extension.Oid?.Value == AlternativeNamesId))
        {
            var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag.TagValue != TagOf(kind))
                    sequence.ReadEncodedValue();
                else if (ReadName(sequence, tag, kind) is { } name)
                    names.Add(name);
            }
        }
        return names;
    }

    private static int TagOf(CertificateName kind) => kind switch
    {
        CertificateName.Other => 0,
        CertificateName.Email => 1,
        CertificateName.Dns => 2,
        CertificateName.Uri => 6,
        CertificateName.IPAddress => 7,
        _ => -1,
    };

    private static string? ReadName(AsnReader sequence, Asn1Tag tag, CertificateName kind)
    {
        if (kind == CertificateName.IPAddress)
            return new IPAddress(sequence.ReadOctetString(tag)).ToString();
        if (kind != CertificateName.Other)
            return sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag);
        var other = sequence.ReadSequence(tag);
        other.ReadObjectIdentifier();
        return SubjectText.ReadText(other.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)));
    }
}
