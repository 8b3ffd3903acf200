using System.Text.Json;

namespace Warren;

/// <summary>A value or null.</summary>
internal sealed class NullableValue<T>(RpcType<T> inner) : RpcType<T?>
    where T : struct
{
    public override bool HasRules => inner.HasRules;

    public override bool TryRead(ref Utf8JsonReader reader, out T? value, ref RpcFlaw flaw)
    {
        value = null;
        if (reader.TokenType == JsonTokenType.Null)
            return true;
        if (!inner.TryRead(ref reader, out var some, ref flaw))
            return false;
        value = some;
        return true;
    }

    public override void Write(Utf8JsonWriter writer, T? value)
    {
        if (value is { } some)
            inner.Write(writer, some);
        else
            writer.WriteNullValue();
    }

    public override bool IsValid(T? value, ref RpcFlaw flaw) => value is not { } some || inner.IsValid(some, ref flaw);
}

/// <summary>A reference or null. As a body of its own it is JSON: the text "null" and no text are different things.</summary>
internal sealed class NullableReference<T>(RpcType<T> inner) : RpcType<T?>
    where T : class
{
    public override bool HasRules => inner.HasRules;

    public override bool TryRead(ref Utf8JsonReader reader, out T? value, ref RpcFlaw flaw)
    {
        value = null;
        return reader.TokenType == JsonTokenType.Null || inner.TryRead(ref reader, out value, ref flaw);
    }

    public override void Write(Utf8JsonWriter writer, T? value)
    {
        if (value is null)
            writer.WriteNullValue();
        else
            inner.Write(writer, value);
    }

    public override bool IsValid(T? value, ref RpcFlaw flaw) => value is null || inner.IsValid(value, ref flaw);
}
