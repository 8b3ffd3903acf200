using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Warren;

/// <summary>A type that the application's own JsonSerializerContext describes. Its rules, if it has any, are checked by ours.</summary>
internal sealed class DescribedType<T>(JsonSerializerContext context, RpcType<T>? rules) : RpcType<T>
{
    private JsonTypeInfo<T>? _info;

    public override bool HasRules => rules is { HasRules: true };

    private JsonTypeInfo<T> Info => _info ??= context.GetTypeInfo(typeof(T)) as JsonTypeInfo<T> ?? throw new InvalidOperationException(
        $"{context.GetType().Name} does not describe {typeof(T)}. Add [JsonSerializable(typeof({typeof(T).Name}))] to it.");

    public override bool TryRead(ref Utf8JsonReader reader, out T value, ref RpcFlaw flaw)
    {
        value = default!;
        if (reader.TokenType == JsonTokenType.Null)
            return flaw.Is($"null is not a {typeof(T).Name}");
        try
        {
            value = JsonSerializer.Deserialize(ref reader, Info)!;
            return true;
        }
        catch (JsonException e)
        {
            return flaw.Is($"this is not a {typeof(T).Name}: {e.Message}");
        }
    }

    public override void Write(Utf8JsonWriter writer, T value)
    {
        if (value is null)
            throw new UnsendableException($"null is not a {typeof(T).Name}");
        JsonSerializer.Serialize(writer, value, Info);
    }

    public override bool IsValid(T value, ref RpcFlaw flaw) => rules is null || rules.IsValid(value, ref flaw);
}
