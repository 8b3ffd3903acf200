using System.Text.Json;

namespace Warren;

/// <summary>No value: an empty body, and whatever body a foreign server sends instead.</summary>
internal sealed class VoidType : RpcType<RpcVoid>
{
    public override bool TryRead(ref Utf8JsonReader reader, out RpcVoid value, ref RpcFlaw flaw)
    {
        value = default;
        reader.Skip();
        return true;
    }

    public override void Write(Utf8JsonWriter writer, RpcVoid value) => writer.WriteNullValue();

    public override Payload Encode(RpcVoid value) => default;

    public override bool TryDecode(in ReceivedBody body, out RpcVoid value, out string error)
    {
        value = default;
        error = "";
        return true;
    }
}
