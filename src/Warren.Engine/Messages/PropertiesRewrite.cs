using System.Buffers.Binary;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// The two places where a broker changes what a publisher sent: <c>reply-to</c> for direct reply-to, and the header <c>BCC</c>, which no
/// consumer may see (https://www.rabbitmq.com/docs/sender-selected). All other octets stay as they came.
/// </summary>
internal sealed class PropertiesRewrite
{
    private byte[] _octets = []; // Used again for every message of the channel; a channel that makes calls rewrites each of them.

    /// <summary>The hidden copies of the last message, taken out of its headers; usually nothing.</summary>
    public FieldTable BlindCopies { get; private set; }

    /// <summary>True when the last message asked for a direct reply on a channel that has no address for it.</summary>
    public bool IsWithoutReplyAddress { get; private set; }

    /// <summary>The properties to store. A view of this object's own octets when something had to change.</summary>
    public PropertiesView Apply(PropertiesView properties, ShortString replyAddress)
    {
        BlindCopies = default;
        IsWithoutReplyAddress = false;
        if (!properties.Has(PropertyFlags.ReplyTo | PropertyFlags.Headers))
            return properties;
        if (properties.Has(PropertyFlags.ReplyTo) && properties.ReplyTo.Span is var replyTo && replyTo.SequenceEqual(ReplyAddresses.PseudoQueue))
        {
            IsWithoutReplyAddress = replyAddress.IsEmpty;
            if (!replyAddress.IsEmpty)
                properties = WithReplyTo(properties.Octets.Span, replyTo, replyAddress.Span);
        }
        if (properties.Has(PropertyFlags.Headers) && properties.Headers.TryGet(CarbonCopies.Blind, out var copies))
            properties = WithoutBlindCopies(properties, copies);
        return properties;
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

    private PropertiesView WithoutBlindCopies(PropertiesView properties, FieldValue copies)
    {
        BlindCopies = new FieldTableBuilder().Add(new ShortString(CarbonCopies.Blind.ToArray()), copies).ToTable();
        var kept = new FieldTableBuilder();
        foreach (var field in properties.Headers)
        {
            if (!field.Name.Span.SequenceEqual(CarbonCopies.Blind))
                kept.Add(field.Name, field.Value);
        }
        var table = kept.ToTable().Octets.Span;
        var old = properties.Octets.Span;
        var oldTable = properties.Headers.Octets.Span;
        old.Overlaps(oldTable, out var start);
        var rewritten = new byte[old.Length - oldTable.Length + table.Length];
        old[..start].CopyTo(rewritten);
        BinaryPrimitives.WriteInt32BigEndian(rewritten.AsSpan(start - 4), table.Length);
        table.CopyTo(rewritten.AsSpan(start));
        old[(start + oldTable.Length)..].CopyTo(rewritten.AsSpan(start + table.Length));
        return PropertiesView.FromCheckedOctets(rewritten);
    }
}
