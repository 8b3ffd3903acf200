using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What the binding of a headers exchange asks for: all of some fields, or any of them.</summary>
internal sealed class HeadersMatch
{
    public HeadersMatch(Binding binding)
    {
        Destination = binding.Destination;
        var match = binding.Arguments.TryGet(Argument, out var value) ? value.Octets.Span : "all"u8;
        IsAny = match.StartsWith("any"u8);
        var withX = match.EndsWith("-with-x"u8);
        foreach (var field in binding.Arguments)
        {
            if (!field.Name.Span.SequenceEqual(Argument) && (withX || !field.Name.Span.StartsWith("x-"u8)))
                Conditions.Add(field);
        }
    }

    /// <summary>The argument that says which of the two.</summary>
    public static ReadOnlySpan<byte> Argument => "x-match"u8;

    public Destination Destination { get; }

    public bool IsAny { get; }

    /// <summary>The fields. A void value asks only that the header is there.</summary>
    public List<Field> Conditions { get; } = [];

    /// <summary>Where it stands; owned by <see cref="HeadersBucket"/>.</summary>
    public List<HeadersPlace> Places { get; } = [];

    /// <summary>The last message that it was compared with; owned by <see cref="HeadersRouter"/>.</summary>
    public long LastTried { get; set; }

    public static bool IsKnown(ReadOnlySpan<byte> match) =>
        match.SequenceEqual("all"u8) || match.SequenceEqual("any"u8) || match.SequenceEqual("all-with-x"u8) || match.SequenceEqual("any-with-x"u8);

    /// <summary>All of none accepts everything, any of none nothing.</summary>
    public bool Accepts(FieldTable headers)
    {
        foreach (var condition in Conditions)
        {
            if (IsMet(condition, headers) == IsAny)
                return IsAny;
        }
        return !IsAny;
    }

    private static bool IsMet(Field condition, FieldTable headers) =>
        headers.TryGet(condition.Name.Span, out var value) && (condition.Value.Type == FieldType.Void || FieldText.AreEqual(condition.Value, value));
}
