using System.Text.Json;

namespace Warren;

/// <summary>Reads a value from one token; false when it is not exactly of the type.</summary>
internal delegate bool ScalarReader<T>(ref Utf8JsonReader reader, out T value);

/// <summary>A value that is one JSON token.</summary>
internal class Scalar<T>(string what, ScalarReader<T> read, Action<Utf8JsonWriter, T> write) : RpcType<T>
{
    public override bool TryRead(ref Utf8JsonReader reader, out T value, ref RpcFlaw flaw) =>
        read(ref reader, out value) || flaw.Is($"{Token.Show(ref reader)} is not {what}");

    public override void Write(Utf8JsonWriter writer, T value)
    {
        if (value is null)
            throw new UnsendableException($"null is not {what}");
        write(writer, value);
    }
}

/// <summary>A scalar whose body is text, or octets, as on queue addresses.</summary>
internal sealed class PlainScalar<T>(string what, ScalarReader<T> read, Action<Utf8JsonWriter, T> write) : Scalar<T>(what, read, write)
{
    private static readonly BodyCodec Codec = new(json: null);

    private readonly string _what = what;

    public override Payload Encode(T value) => value is null ? throw new UnsendableException($"null is not {_what}") : Codec.Encode(value);

    public override bool TryDecode(in ReceivedBody body, out T value, out string error) => Codec.TryDecode(body, out value, out error);
}
