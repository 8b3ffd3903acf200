using System.Text.Json;

namespace Warren;

/// <summary>An enumeration by the names of its members; flags with commas between them.</summary>
internal sealed class EnumType<TEnum> : RpcType<TEnum>
    where TEnum : struct, Enum
{
    public override bool TryRead(ref Utf8JsonReader reader, out TEnum value, ref RpcFlaw flaw)
    {
        value = default;
        // Numbers are names to Enum.TryParse, of whatever value; to us they are not.
        return (reader.TokenType == JsonTokenType.String && reader.GetString() is { } name && IsName(name) && Enum.TryParse(name, out value))
            || flaw.Is($"{Token.Show(ref reader)} is not a {typeof(TEnum).Name}: one of {string.Join(", ", Enum.GetNames<TEnum>())}");
    }

    public override void Write(Utf8JsonWriter writer, TEnum value)
    {
        var name = value.ToString();
        writer.WriteStringValue(IsName(name) ? name : throw new UnsendableException($"{name} is not a {typeof(TEnum).Name}"));
    }

    private static bool IsName(string text) => text.Length > 0 && (char.IsLetter(text[0]) || text[0] == '_');
}
