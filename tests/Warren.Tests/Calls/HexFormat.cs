using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Warren.Tests.Calls;

/// <summary>A format as an application would bring it, which is surely not JSON: the digits of its octets.</summary>
public sealed class HexFormat() : BodyFormat("application/x-hex")
{
    public override bool Handles(Type type) => type.Namespace == typeof(HexFormat).Namespace || type.Namespace == typeof(Contracts.Line).Namespace;

    public override void Write<T>(IBufferWriter<byte> to, T value) => to.Write(Of(JsonSerializer.Serialize(value)));

    public override T Read<T>(ReadOnlyMemory<byte> body) => JsonSerializer.Deserialize<T>(Convert.FromHexString(Encoding.ASCII.GetString(body.Span)))!;

    public static byte[] Of(string json) => Encoding.ASCII.GetBytes(Convert.ToHexString(Encoding.UTF8.GetBytes(json)));
}
