using System.Text.Json;

namespace Warren;

/// <summary>A type that travels in the contract's own format. Its rules, if it has any, are checked by ours.</summary>
internal sealed class FormattedType<T, TFormat>(RpcType<T>? rules, bool mayBeNull) : RpcType<T>
    where TFormat : BodyFormat, new()
{
    private readonly BodyFormat _format = Shared.Format;

    public override bool HasRules => rules is { HasRules: true };

    public override Payload Encode(T value)
    {
        if (value is null && !mayBeNull)
            throw new UnsendableException($"null is not a {typeof(T).Name}");
        return _format.Handles(typeof(T)) ? _format.Encode(value) : throw new UnsendableException($"{typeof(TFormat).Name} does not write {typeof(T)}");
    }

    public override bool TryDecode(in ReceivedBody body, out T value, out string error)
    {
        value = default!;
        if (!body.ContentType.IsEmpty && !_format.Type.Is(body.ContentType))
        {
            error = $"the body is {BodyCodec.Show(body.ContentType.Span)}, and this contract takes {_format.ContentType}";
            return false;
        }
        if (!_format.TryDecode(body.Octets, out value, out error))
            return false;
        if (value is null && !mayBeNull)
            error = $"null is not a {typeof(T).Name}";
        return error.Length == 0;
    }

    public override bool TryRead(ref Utf8JsonReader reader, out T value, ref RpcFlaw flaw) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, T value) => throw new NotSupportedException();

    public override bool IsValid(T value, ref RpcFlaw flaw) => rules is null || rules.IsValid(value, ref flaw);

    private static class Shared
    {
        public static readonly TFormat Format = new();
    }
}
