using System.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>What kind of body a message has, by its MIME name. None at all, null, means octets.</summary>
internal sealed class ContentType(string name)
{
    private const int MostOctets = 255;

    private readonly byte[] _octets = Encoding.ASCII.GetBytes(name);

    /// <summary>A scalar or a string.</summary>
    public static ContentType Text { get; } = new("text/plain");

    /// <summary>Everything that no format of the application's writes.</summary>
    public static ContentType Json { get; } = new("application/json");

    public string Name => name;

    public ReadOnlySpan<byte> Octets => _octets;

    public ShortString ToProperty() => new(_octets);

    /// <summary>True when a received content type is this one, whatever parameters follow it.</summary>
    public bool Is(ShortString received)
    {
        var octets = received.Span;
        var end = octets.IndexOf((byte)';');
        return Ascii.EqualsIgnoreCase((end < 0 ? octets : octets[..end]).Trim((byte)' '), _octets);
    }

    /// <exception cref="ArgumentException">It is no name of a content type.</exception>
    public static ContentType Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var type = name.AsSpan(0, name.IndexOf(';', StringComparison.Ordinal) is var end and >= 0 ? end : name.Length);
        if (name.Length > MostOctets || !Ascii.IsValid(name) || type.ContainsAnyInRange('\0', ' ') || !type.Contains('/'))
            throw new ArgumentException($"'{name}' is no content type. Write one like application/cbor: 1 to 255 characters of ASCII, with a slash and without spaces.", nameof(name));
        return Known(name);
    }

    /// <summary>As the other, of a name that is taken to be good.</summary>
    public static ContentType Known(string name) => name == Text.Name ? Text : name == Json.Name ? Json : new ContentType(name);
}
