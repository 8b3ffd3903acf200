using System.Text.Json;

namespace Warren;

/// <summary>A list, an array or a set: a JSON array.</summary>
internal sealed class Sequence<TSequence, TItem>(RpcType<TItem> item, Func<List<TItem>, TSequence> make) : RpcType<TSequence>
    where TSequence : IEnumerable<TItem>
{
    public override bool HasRules => item.HasRules;

    public override bool TryRead(ref Utf8JsonReader reader, out TSequence value, ref RpcFlaw flaw)
    {
        value = default!;
        if (reader.TokenType != JsonTokenType.StartArray)
            return flaw.Is($"{Token.Show(ref reader)} is not a list");
        var items = new List<TItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!item.TryRead(ref reader, out var one, ref flaw))
                return flaw.At(items.Count);
            items.Add(one);
        }
        value = make(items);
        return true;
    }

    public override void Write(Utf8JsonWriter writer, TSequence value)
    {
        if (value is null)
            throw new UnsendableException("null is not a list");
        Depth.Check(writer);
        var index = 0;
        try
        {
            writer.WriteStartArray();
            foreach (var one in value)
            {
                item.Write(writer, one);
                index++;
            }
            writer.WriteEndArray();
        }
        catch (UnsendableException e)
        {
            e.At(index);
            throw;
        }
    }

    public override bool IsValid(TSequence value, ref RpcFlaw flaw)
    {
        if (value is null)
            return true;
        var index = 0;
        foreach (var one in value)
        {
            if (!item.IsValid(one, ref flaw))
                return flaw.At(index);
            index++;
        }
        return true;
    }
}
