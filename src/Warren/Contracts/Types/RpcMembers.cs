using System.ComponentModel;
using System.Text;
using System.Text.Json;

namespace Warren;

/// <summary>For generated code: the members of an object, one at a time.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcMembers
{
    /// <summary>True when the reader stands at the beginning of an object.</summary>
    public static bool Begin(ref Utf8JsonReader reader, string type, ref RpcFlaw flaw) =>
        reader.TokenType == JsonTokenType.StartObject || flaw.Is($"{Token.Show(ref reader)} is not {type}");

    /// <summary>True when the reader stands at the name of another member.</summary>
    public static bool Next(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Reads the value of the member at whose name the reader stands.</summary>
    public static bool TryRead<T>(ref Utf8JsonReader reader, RpcType<T> type, string name, out T value, ref RpcFlaw flaw)
    {
        reader.Read();
        return type.TryRead(ref reader, out value, ref flaw) || flaw.In(name);
    }

    /// <summary>A member that has no default is not there; always false.</summary>
    public static bool Missing(string name, ref RpcFlaw flaw)
    {
        flaw.Is("missing");
        return flaw.In(name);
    }

    /// <summary>Begins an object.</summary>
    public static void Begin(Utf8JsonWriter writer)
    {
        Depth.Check(writer);
        writer.WriteStartObject();
    }

    /// <summary>Writes a member.</summary>
    public static void Write<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> name, RpcType<T> type, T value)
    {
        writer.WritePropertyName(name);
        try
        {
            type.Write(writer, value);
        }
        catch (UnsendableException e)
        {
            e.In(Encoding.UTF8.GetString(name));
            throw;
        }
    }

    /// <summary>A value that has to be there and is not.</summary>
    public static InvalidOperationException Null(string type) => new UnsendableException($"null is not {type}");
}
