using System.Text.Json;

namespace Warren;

/// <summary>A dictionary with text as keys: a JSON object.</summary>
internal sealed class Map<TMap, TValue>(RpcType<TValue> item, Func<Dictionary<string, TValue>, TMap> make) : RpcType<TMap>
    where TMap : IEnumerable<KeyValuePair<string, TValue>>
{
    public override bool HasRules => item.HasRules;

    public override bool TryRead(ref Utf8JsonReader reader, out TMap value, ref RpcFlaw flaw)
    {
        value = default!;
        if (reader.TokenType != JsonTokenType.StartObject)
            return flaw.Is($"{Token.Show(ref reader)} is not an object");
        var items = new Dictionary<string, TValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (!item.TryRead(ref reader, out var one, ref flaw))
                return flaw.In(Place(key));
            items[key] = one;
        }
        value = make(items);
        return true;
    }

    public override void Write(Utf8JsonWriter writer, TMap value)
    {
        if (value is null)
            throw new UnsendableException("null is not a dictionary");
        Depth.Check(writer);
        var at = "";
        try
        {
            writer.WriteStartObject();
            foreach (var (key, one) in value)
            {
                at = key;
                writer.WritePropertyName(key);
                item.Write(writer, one);
            }
            writer.WriteEndObject();
        }
        catch (UnsendableException e)
        {
            e.In(Place(at));
            throw;
        }
    }

    public override bool IsValid(TMap value, ref RpcFlaw flaw)
    {
        if (value is null)
            return true;
        foreach (var (key, one) in value)
        {
            if (!item.IsValid(one, ref flaw))
                return flaw.In(Place(key));
        }
        return true;
    }

    private static string Place(string key) => $"[{BodyCodec.Show(System.Text.Encoding.UTF8.GetBytes(key))}]";
}
