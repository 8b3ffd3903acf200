using System.Globalization;
using System.Numerics;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// x-consistent-hash: each message goes to one binding, the same one for the same key, and each binding gets a share by its weight, which is its routing
/// key (https://github.com/rabbitmq/rabbitmq-server/tree/main/deps/rabbitmq_consistent_hash_exchange). As there it is jump consistent hashing (Lamping and
/// Veach, 2014): a new binding takes from all others only what becomes its share.
/// </summary>
internal sealed class ConsistentHashRouter(HashedPart part) : Router
{
    private const int MaxWeight = 1_000_000;

    private readonly BindingList _bindings = new();
    private long[] _ends = []; // Where the buckets of each binding end, in the order of the list; empty when it has to be made again.

    /// <inheritdoc/>
    public override bool UsesKeys => false; // One binding, whatever CC says.

    public override void Check(ShortString routingKey, FieldTable arguments)
    {
        if (!BigInteger.TryParse(routingKey.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weight))
            throw Refuse($"The binding key must be an integer: <<\"{routingKey}\">>");
        if (weight < 1)
            throw Refuse("The binding key must be greater than 0");
        if (weight > MaxWeight)
            throw Refuse($"The binding key must not be greater than {MaxWeight}");
    }

    public override void Add(Binding binding)
    {
        _bindings.Add(binding);
        _ends = [];
    }

    public override void Remove(Binding binding)
    {
        _bindings.Remove(binding);
        _ends = [];
    }

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        if (_bindings.IsEmpty)
            return;
        if (_ends.Length == 0)
            _ends = Ends();
        var bucket = Jump(part.Hash(routingKey, properties), _ends[^1]);
        var found = Array.BinarySearch(_ends, bucket);
        routes.Add(_bindings.Span[found < 0 ? ~found : found + 1].Destination);
    }

    private long[] Ends()
    {
        var ends = new long[_bindings.Span.Length];
        var end = 0L;
        for (var i = 0; i < ends.Length; i++)
            ends[i] = end += int.Parse(_bindings.Span[i].RoutingKey.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return ends;
    }

    private static long Jump(ulong key, long buckets)
    {
        long bucket = -1;
        for (long next = 0; next < buckets;)
        {
            bucket = next;
            key = unchecked((key * 2862933555777941757) + 1);
            next = (long)((bucket + 1) * ((double)(1L << 31) / ((key >> 33) + 1)));
        }
        return bucket;
    }

    private static ChannelException Refuse(string reason) => new(ReplyCode.PreconditionFailed, reason);
}
