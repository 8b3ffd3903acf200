using Warren.Generator.Model;
using static Warren.Generator.Reading.Symbols;

namespace Warren.Generator.Writing;

/// <summary>The short way of a method's arguments when they are few and plain: to a body and back without a JSON reader and writer.</summary>
internal static class ScalarsWriter
{
    private const int MostMembers = 8;
    private const int BufferOctets = 256;

    private static readonly HashSet<string> Plain = new(
        new[] { "Boolean", "Int32", "Int64", "Guid", "String" }.Select(name => $"global::Warren.RpcTypes.{name}"), StringComparer.Ordinal);

    /// <summary>True for arguments that have it.</summary>
    public static bool Handles(ObjectModel type) =>
        type.Kind == ObjectKind.Arguments && type.Members.Count is > 0 and <= MostMembers && type.Members.All(member => Plain.Contains(member.RpcType) && IsPlain(member.WireName));

    public static void Write(Code code, ObjectModel type)
    {
        var befores = type.Members.Select((member, place) => Literal($"{(place == 0 ? "{" : ",")}\"{member.WireName}\":") + "u8").ToList();
        using (code.Block($"public override global::Warren.Payload Encode({type.Type} value)"))
        {
            code.Line($"var scalars = new global::Warren.RpcScalarsWriter(stackalloc byte[{BufferOctets}]);");
            var writes = string.Concat(type.Members.Select((member, place) => $"scalars.Write({befores[place]}, value.{member.Access}) && "));
            code.Line($"return {writes}scalars.TryEnd(out var body) ? body : base.Encode(value);");
        }
        using (code.Block($"public override bool TryDecode(in global::Warren.ReceivedBody body, out {type.Type} value, out string error)"))
        {
            code.Line("var scalars = new global::Warren.RpcScalarsReader(body);");
            var reads = string.Concat(type.Members.Select((member, place) => $"scalars.Read({befores[place]}, out {member.Type} m{place}) && "));
            using (code.Block($"if ({reads}scalars.IsAtEnd)"))
            {
                code.Line($"value = new {type.Type}({string.Join(", ", type.Members.Select((_, place) => $"m{place}"))});");
                code.Line("error = \"\";");
                code.Line("return true;");
            }
            code.Line("return base.TryDecode(body, out value, out error);");
        }
    }

    private static bool IsPlain(string name) => name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');
}
