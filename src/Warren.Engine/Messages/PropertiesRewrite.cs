using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// The places where a broker changes what a publisher sent: <c>reply-to</c> for direct reply-to, the header <c>BCC</c>, which no consumer may
/// see (https://www.rabbitmq.com/docs/sender-selected), the headers that tell of deaths and deliveries, and <see cref="MessageStamps"/>. All other octets
/// stay as they came.
/// </summary>
/// <param name="stamps">What is written into every message; null for nothing.</param>
internal sealed class PropertiesRewrite(MessageStamps? stamps)
{
    private byte[] _octets = []; // Used again for every message of the channel; a channel that makes calls rewrites each of them.
    private byte[] _blindCopies = [];
    private int _blindCopiesLength;

    /// <summary>The header BCC of the last message, taken out of its headers, as the octets of a table; usually nothing.</summary>
    public ReadOnlySpan<byte> BlindCopies => _blindCopies.AsSpan(0, _blindCopiesLength);

    /// <summary>True when the last message asked for a direct reply on a channel that has no address for it.</summary>
    public bool IsWithoutReplyAddress { get; private set; }

    /// <summary>True when the last message has the header CC.</summary>
    public bool HasOpenCopies { get; private set; }

    /// <summary>The same properties with other headers.</summary>
    public static PropertiesView WithHeaders(PropertiesView properties, FieldTable headers, bool dropExpiration = false)
    {
        var old = properties.Octets.Span;
        var beforeHeaders = old[2..properties.PositionOf(PropertyFlags.Headers)];
        var beforeExpiration = old[properties.PositionOf(PropertyFlags.DeliveryMode)..properties.PositionOf(PropertyFlags.Expiration)];
        var rest = old[properties.PositionOf(dropExpiration ? PropertyFlags.MessageId : PropertyFlags.Expiration)..];
        var flags = properties.Flags | PropertyFlags.Headers;
        if (dropExpiration)
            flags &= ~PropertyFlags.Expiration;
        var octets = new byte[2 + beforeHeaders.Length + 4 + headers.Length + beforeExpiration.Length + rest.Length];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)flags);
        var to = octets.AsSpan(2);
        beforeHeaders.CopyTo(to);
        to = to[beforeHeaders.Length..];
        BinaryPrimitives.WriteInt32BigEndian(to, headers.Length);
        headers.Octets.Span.CopyTo(to[4..]);
        to = to[(4 + headers.Length)..];
        beforeExpiration.CopyTo(to);
        rest.CopyTo(to[beforeExpiration.Length..]);
        return PropertiesView.FromCheckedOctets(octets);
    }

    /// <summary>The same properties with another timestamp, in seconds since 1970.</summary>
    public static PropertiesView WithTimestamp(PropertiesView properties, ulong seconds)
    {
        var old = properties.Octets.Span;
        var start = properties.PositionOf(PropertyFlags.Timestamp);
        var rest = old[properties.PositionOf(PropertyFlags.Type)..];
        var octets = new byte[start + sizeof(ulong) + rest.Length];
        old[..start].CopyTo(octets);
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(properties.Flags | PropertyFlags.Timestamp));
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(start), seconds);
        rest.CopyTo(octets.AsSpan(start + sizeof(ulong)));
        return PropertiesView.FromCheckedOctets(octets);
    }

    /// <summary>The same properties with the headers of a quorum queue's message that came back; null leaves a header as it is.</summary>
    public static PropertiesView WithCounts(PropertiesView properties, long? deliveries, long? acquisitions)
    {
        var counts = new FieldTableBuilder();
        if (acquisitions is not null)
            counts.Add("x-acquired-count", acquisitions);
        if (deliveries is not null)
            counts.Add("x-delivery-count", deliveries);
        return WithHeaders(properties, SortedTable.Of(ReplacedFields.In(properties.Headers, IsReplaced, counts.ToTable())));

        bool IsReplaced(ShortString name) =>
            (deliveries is not null && name.Span.SequenceEqual("x-delivery-count"u8))
            || (acquisitions is not null && name.Span.SequenceEqual("x-acquired-count"u8));
    }

    /// <summary>The properties to store. A view of this object's own octets when something had to change.</summary>
    public PropertiesView Apply(PropertiesView properties, ShortString replyAddress)
    {
        _blindCopiesLength = 0;
        IsWithoutReplyAddress = false;
        HasOpenCopies = false;
        if (stamps is not null)
            properties = stamps.Write(properties);
        if (!properties.Has(PropertyFlags.ReplyTo | PropertyFlags.Headers))
            return properties;
        if (properties.Has(PropertyFlags.ReplyTo) && properties.ReplyTo.Span is var replyTo && replyTo.SequenceEqual(ReplyAddresses.PseudoQueue))
        {
            IsWithoutReplyAddress = replyAddress.IsEmpty;
            if (!replyAddress.IsEmpty)
                properties = WithReplyTo(properties.Octets.Span, replyTo, replyAddress.Span);
        }
        if (!properties.Has(PropertyFlags.Headers))
            return properties;
        (HasOpenCopies, var blindStart) = CarbonCopies.In(properties.Headers);
        return blindStart >= 0 ? WithoutBlindCopies(properties, blindStart) : properties;
    }

    private PropertiesView WithReplyTo(ReadOnlySpan<byte> old, ReadOnlySpan<byte> replyTo, ReadOnlySpan<byte> replyAddress)
    {
        old.Overlaps(replyTo, out var start);
        var length = old.Length - replyTo.Length + replyAddress.Length;
        if (_octets.Length < length)
            _octets = new byte[length * 2];
        old[..(start - 1)].CopyTo(_octets);
        _octets[start - 1] = (byte)replyAddress.Length;
        replyAddress.CopyTo(_octets.AsSpan(start));
        old[(start + replyTo.Length)..].CopyTo(_octets.AsSpan(start + replyAddress.Length));
        return PropertiesView.FromCheckedOctets(_octets.AsMemory(0, length));
    }

    // Cuts every such field out, in one pass into this object's own octets. The first one counts for routing; others are only hidden.
    private PropertiesView WithoutBlindCopies(PropertiesView properties, int blindStart)
    {
        var old = properties.Octets.Span;
        var headers = properties.Headers.Octets.Span;
        var tableStart = properties.PositionOf(PropertyFlags.Headers) + 4;
        if (_octets.Length < old.Length)
            _octets = new byte[old.Length * 2];
        var written = tableStart + blindStart;
        old[..written].CopyTo(_octets); // It may be these very octets: what follows only moves to the left.
        foreach (var field in new FieldOctets(headers[blindStart..]))
        {
            if (CarbonCopies.IsBlind(field))
            {
                KeepBlindCopies(field);
                continue;
            }
            field.CopyTo(_octets.AsSpan(written));
            written += field.Length;
        }
        BinaryPrimitives.WriteInt32BigEndian(_octets.AsSpan(tableStart - 4), written - tableStart);
        var rest = old[(tableStart + headers.Length)..];
        rest.CopyTo(_octets.AsSpan(written));
        return PropertiesView.FromCheckedOctets(_octets.AsMemory(0, written + rest.Length));
    }

    private void KeepBlindCopies(ReadOnlySpan<byte> field)
    {
        if (_blindCopiesLength > 0)
            return;
        if (_blindCopies.Length < field.Length)
            _blindCopies = new byte[field.Length * 2];
        field.CopyTo(_blindCopies);
        _blindCopiesLength = field.Length;
    }
}
