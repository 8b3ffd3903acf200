using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to): each channel that consumes from the pseudo-queue has an address that
/// nobody can guess and that dies with the channel.
/// </summary>
internal sealed class ReplyAddresses(VirtualHost host)
{
    private readonly NameTable<Channel> _channels = new(host.Names);

    public static ReadOnlySpan<byte> PseudoQueue => "amq.rabbitmq.reply-to"u8;

    private static ReadOnlySpan<byte> Prefix => "amq.rabbitmq.reply-to."u8;

    /// <summary>True for the pseudo-queue and for every address, alive or not.</summary>
    public static bool IsMeant(ReadOnlySpan<byte> name) => name.StartsWith(Prefix) || name.SequenceEqual(PseudoQueue);

    public ShortString Open(Channel channel)
    {
        var address = EntityName.Generate(Prefix, host.Entropy);
        _channels.Add(address, channel);
        return address;
    }

    public void Close(ShortString address)
    {
        if (!address.IsEmpty)
            _channels.Remove(address);
    }

    /// <summary>The caller behind an address, while it lives.</summary>
    public Channel? Find(ReadOnlySpan<byte> address) => address.StartsWith(Prefix) ? _channels.Find(address) : null;
}
