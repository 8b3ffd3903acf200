using Warren.Amqp;

namespace Warren.Engine;

/// <summary>Headers: the binding's arguments are compared with the message's headers (https://www.rabbitmq.com/tutorials/amqp-concepts#exchange-headers).</summary>
internal sealed class HeadersRouter : Router
{
    private readonly BindingList _bindings = new();

    private static ReadOnlySpan<byte> MatchArgument => "x-match"u8;

    public override void Check(ShortString routingKey, FieldTable arguments)
    {
        if (!arguments.TryGet(MatchArgument, out var value))
            return;
        if (value.Type != FieldType.LongString)
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field type {FieldText.TypeName(value.Type)} (value {FieldText.Value(value)}); expected longstr");
        }
        if (!IsKnown(value.Octets.Span))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"Invalid x-match field value <<\"{FieldText.Value(value)}\">>; expected all, any, all-with-x, or any-with-x");
        }
    }

    public override void Add(Binding binding) => _bindings.Add(binding);

    public override void Remove(Binding binding) => _bindings.Remove(binding);

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        if (_bindings.IsEmpty)
            return;
        var headers = properties.Headers;
        foreach (var binding in _bindings.Span)
        {
            if (Matches(binding.Arguments, headers))
                routes.Add(binding.Destination);
        }
    }

    private static bool IsKnown(ReadOnlySpan<byte> match) =>
        match.SequenceEqual("all"u8) || match.SequenceEqual("any"u8) || match.SequenceEqual("all-with-x"u8) || match.SequenceEqual("any-with-x"u8);

    private static bool Matches(FieldTable arguments, FieldTable headers)
    {
        var match = arguments.TryGet(MatchArgument, out var value) ? value.Octets.Span : "all"u8;
        var any = match.StartsWith("any"u8);
        var withX = match.EndsWith("-with-x"u8);
        foreach (var (name, wanted) in arguments)
        {
            if (name.Span.SequenceEqual(MatchArgument) || (!withX && name.Span.StartsWith("x-"u8)))
                continue;
            if (Matches(headers, name, wanted) == any)
                return any;
        }
        return !any; // All of none matches everything, any of none matches nothing.
    }

    // A void argument asks only that the header is there.
    private static bool Matches(FieldTable headers, ShortString name, FieldValue wanted) =>
        headers.TryGet(name.Span, out var value) && (wanted.Type == FieldType.Void || FieldText.AreEqual(wanted, value));
}
