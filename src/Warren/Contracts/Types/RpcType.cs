using System.ComponentModel;
using System.Text.Json;

namespace Warren;

/// <summary>
/// For generated code: how the values of a type travel in contracts. Strict: what is not exactly of the type is refused with a reason, never
/// guessed.
/// </summary>
/// <typeparam name="T">The type; for a nullable reference the same one, with an instance that lets null pass.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RpcType<T>
{
    /// <summary>
    /// Reads a value. The reader stands on its first token, and when true on its last one after. When false, <paramref name="flaw"/> says why.
    /// </summary>
    /// <exception cref="JsonException">It is not JSON at all.</exception>
    public abstract bool TryRead(ref Utf8JsonReader reader, out T value, ref RpcFlaw flaw);

    /// <summary>Writes a value.</summary>
    /// <exception cref="InvalidOperationException">It cannot travel.</exception>
    public abstract void Write(Utf8JsonWriter writer, T value);

    /// <summary>True when <see cref="IsValid"/> has something to look at.</summary>
    public virtual bool HasRules => false;

    /// <summary>Checks a value's ValidationAttributes, and those of what it holds.</summary>
    public virtual bool IsValid(T value, ref RpcFlaw flaw) => true;

    /// <summary>The value as a body of its own.</summary>
    public virtual Payload Encode(T value) => Payload.FromJson(RpcJson.Write(this, value));

    /// <summary>The value from a body of its own.</summary>
    public virtual bool TryDecode(in ReceivedBody body, out T value, out string error) => RpcJson.TryRead(this, body.Span, out value, out error);
}
