using System.Runtime.InteropServices;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Headers: the binding's arguments are compared with the message's headers (https://www.rabbitmq.com/tutorials/amqp-concepts#exchange-headers). Bindings
/// are found by a field that they ask for, so a message looks at those only that have one in common with it, whatever the number of the others.
/// </summary>
internal sealed class HeadersRouter(NameComparer names) : Router
{
    private static readonly FieldValue Present = FieldTable.Create(("", null)) is var table && table.TryGet("", out var value) ? value : default;

    private readonly Dictionary<Binding, HeadersMatch> _matches = [];
    private readonly Dictionary<Field, HeadersBucket> _byField = new(new FieldComparer(names));
    private readonly HeadersBucket _always = new();
    private int _presences; // How many buckets ask for a header whatever its value.
    private long _routing;

    /// <inheritdoc/>
    public override bool UsesKeys => false;

    public override void Check(ShortString routingKey, FieldTable arguments)
    {
        if (!arguments.TryGet(HeadersMatch.Argument, out var value))
            return;
        if (value.Type != FieldType.LongString)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field type {FieldText.TypeName(value.Type)} (value {FieldText.Value(value)}); expected longstr");
        }
        if (!HeadersMatch.IsKnown(value.Octets.Span))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field value <<\"{FieldText.Value(value)}\">>; expected all, any, all-with-x, or any-with-x");
        }
    }

    public override void Add(Binding binding)
    {
        var match = new HeadersMatch(binding);
        _matches.Add(binding, match);
        if (match.IsAny)
        {
            foreach (var condition in match.Conditions) // None: it never matches.
                Bucket(condition).Add(match);
        }
        else if (match.Conditions.Count == 0)
        {
            _always.Add(match);
        }
        else
        {
            Rarest(match).Add(match); // All are needed, so the one that the fewest have in common finds it soonest.
        }
    }

    public override void Remove(Binding binding)
    {
        if (!_matches.Remove(binding, out var match))
            return;
        foreach (var place in match.Places)
            place.Bucket.Remove(place);
        foreach (var condition in match.Conditions)
        {
            if (_byField.TryGetValue(condition, out var bucket) && bucket.Count == 0)
                Drop(condition);
        }
    }

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        foreach (var place in _always.Places)
            routes.Add(place.Match.Destination);
        if (_byField.Count == 0)
            return;
        _routing++;
        var headers = properties.Headers;
        foreach (var field in headers)
        {
            Try(field, headers, routes);
            if (_presences > 0)
                Try(new Field(field.Name, Present), headers, routes);
        }
    }

    private void Try(Field field, FieldTable headers, Routes routes)
    {
        if (!_byField.TryGetValue(field, out var bucket))
            return;
        foreach (var place in bucket.Places)
        {
            if (place.Match.LastTried == _routing)
                continue; // By another header of this message.
            place.Match.LastTried = _routing;
            if (place.Match.Accepts(headers))
                routes.Add(place.Match.Destination);
        }
    }

    private HeadersBucket Bucket(Field condition)
    {
        ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_byField, condition, out var exists);
        if (!exists && condition.Value.Type == FieldType.Void)
            _presences++;
        return bucket ??= new HeadersBucket();
    }

    private HeadersBucket Rarest(HeadersMatch match)
    {
        var rarest = match.Conditions[0];
        var fewest = int.MaxValue;
        foreach (var condition in match.Conditions)
        {
            var count = _byField.TryGetValue(condition, out var bucket) ? bucket.Count : 0;
            if (count < fewest)
                (rarest, fewest) = (condition, count);
        }
        return Bucket(rarest);
    }

    private void Drop(Field condition)
    {
        _byField.Remove(condition);
        if (condition.Value.Type == FieldType.Void)
            _presences--;
    }

    /// <summary>Fields that mean the same: as <see cref="FieldText.AreEqual"/> has it, and a void is one of its own.</summary>
    private sealed class FieldComparer(NameComparer names) : IEqualityComparer<Field>
    {
        public bool Equals(Field x, Field y) => names.Equals(x.Name, y.Name) && FieldText.AreEqual(x.Value, y.Value);

        public int GetHashCode(Field field)
        {
            var value = field.Value.TryGetInteger(out var integer)
                ? names.GetHashCode(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in integer)))
                : names.GetHashCode(field.Value.Octets.Span) + (int)field.Value.Type;
            return (names.GetHashCode(field.Name) * 31) + value;
        }
    }
}
