using Warren.Generator.Model;
using static Warren.Generator.Reading.Symbols;

namespace Warren.Generator.Writing;

/// <summary>The RpcType of a record, or of a method's arguments.</summary>
internal static class ObjectWriter
{
    private const string Json = "global::System.Text.Json.";
    private const string Flaw = "ref global::Warren.RpcFlaw flaw";

    public static void Write(Code code, ObjectModel type)
    {
        if (HasOwnRules(type))
            code.Line("[global::System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage(\"Trimming\", \"IL2026\", Justification = \"The attributes stand on members of types that stay: text, arrays and collections with a Count.\")]");
        using var block = code.Block($"private sealed class {type.ClassName} : global::Warren.{(type.Kind is ObjectKind.Arguments or ObjectKind.Body ? "RpcArguments" : "RpcType")}<{type.Type}>");
        code.Line($"public static readonly {type.ClassName} Instance = new();");
        WriteAttributes(code, type);
        if (type.Kind is ObjectKind.RulesOnly or ObjectKind.Body)
            WriteNoJson(code, type);
        if (type.Kind == ObjectKind.Body)
            WriteBody(code, type);
        if (type.Kind is ObjectKind.Record or ObjectKind.Arguments)
        {
            WriteRead(code, type);
            WriteWrite(code, type);
            WriteSetters(code, type);
        }
        if (ScalarsWriter.Handles(type))
            ScalarsWriter.Write(code, type);
        WriteRules(code, type);
    }

    private static bool HasOwnRules(ObjectModel type) => type.TypeRules.Count > 0 || type.Members.Any(member => member.Rules.Count > 0);

    private static void WriteAttributes(Code code, ObjectModel type)
    {
        if (type.TypeRules.Count > 0)
            code.Line(Field("R", type.TypeRules));
        for (var i = 0; i < type.Members.Count; i++)
        {
            if (type.Members[i].Rules.Count > 0)
                code.Line(Field($"R{i}", type.Members[i].Rules));
        }

        static string Field(string name, EquatableArray<string> rules) =>
            $"private static readonly global::System.ComponentModel.DataAnnotations.ValidationAttribute[] {name} = {{ {string.Join(", ", rules)} }};";
    }

    private static void WriteRead(Code code, ObjectModel type)
    {
        using var block = code.Block($"public override bool TryRead(ref {Json}Utf8JsonReader reader, out {type.Type} value, {Flaw})");
        code.Line("value = default!;");
        code.Line($"if (!global::Warren.RpcMembers.Begin(ref reader, {Literal(type.Words)}, ref flaw))");
        code.Line("    return false;");
        for (var i = 0; i < type.Members.Count; i++)
            code.Line($"{type.Members[i].Type} m{i} = {type.Members[i].Default ?? "default!"};{(type.Members[i].Default is null ? $" bool h{i} = false;" : "")}");
        // mN is the value of member N, hN whether it was there.
        using (code.Block("while (global::Warren.RpcMembers.Next(ref reader))"))
        {
            for (var i = 0; i < type.Members.Count; i++)
            {
                var member = type.Members[i];
                using (code.Block($"{(i > 0 ? "else " : "")}if (reader.ValueTextEquals({Literal(member.WireName)}u8))"))
                {
                    code.Line($"if (!global::Warren.RpcMembers.TryRead(ref reader, {member.RpcType}, {Literal(member.WireName)}, out m{i}, ref flaw))");
                    code.Line("    return false;");
                    if (member.Default is null)
                        code.Line($"h{i} = true;");
                }
            }
            code.Line(type.Members.Count > 0 ? "else" : "");
            code.Line("    reader.Skip();");
        }
        WriteMissing(code, type);
        WriteMake(code, type);
        code.Line("return true;");
    }

    private static void WriteMissing(Code code, ObjectModel type)
    {
        for (var i = 0; i < type.Members.Count; i++)
        {
            var member = type.Members[i];
            if (member.Default is null && member.Kind is MemberKind.Constructor or MemberKind.Required)
            {
                code.Line($"if (!h{i})");
                code.Line($"    return global::Warren.RpcMembers.Missing({Literal(member.WireName)}, ref flaw);");
            }
        }
    }

    private static void WriteMake(Code code, ObjectModel type)
    {
        var members = type.Members.Select((member, place) => (member, place)).ToList();
        var arguments = string.Join(", ", members.Where(each => each.member.Kind == MemberKind.Constructor).Select(each => $"m{each.place}"));
        var required = string.Join(", ", members.Where(each => each.member.Kind == MemberKind.Required).Select(each => $"{each.member.Access} = m{each.place}"));
        code.Line($"value = new {type.Type}({arguments}){(required.Length > 0 ? $" {{ {required} }}" : "")};");
        foreach (var (member, place) in members)
        {
            if (member.Kind == MemberKind.Settable)
                code.Line($"if (h{place}) value.{member.Access} = m{place};");
            else if (member.Kind == MemberKind.InitOnly)
                code.Line($"if (h{place}) Set{place}({(type.IsReference ? "" : "ref ")}value, m{place});");
        }
    }

    private static void WriteWrite(Code code, ObjectModel type)
    {
        using var block = code.Block($"public override void Write({Json}Utf8JsonWriter writer, {type.Type} value)");
        if (type.IsReference)
        {
            code.Line("if (value is null)");
            code.Line($"    throw global::Warren.RpcMembers.Null({Literal(type.Words)});");
        }
        code.Line("global::Warren.RpcMembers.Begin(writer);");
        foreach (var member in type.Members)
            code.Line($"global::Warren.RpcMembers.Write(writer, {Literal(member.WireName)}u8, {member.RpcType}, value.{member.Access});");
        code.Line("writer.WriteEndObject();");
    }

    // An init accessor can be called after construction by nobody but the compiler's own door, which costs nothing and survives trimming.
    private static void WriteSetters(Code code, ObjectModel type)
    {
        for (var i = 0; i < type.Members.Count; i++)
        {
            var member = type.Members[i];
            if (member.Kind != MemberKind.InitOnly)
                continue;
            code.Line($"[global::System.Runtime.CompilerServices.UnsafeAccessor(global::System.Runtime.CompilerServices.UnsafeAccessorKind.Method, Name = {Literal("set_" + member.Access.TrimStart('@'))})]");
            code.Line($"private static extern void Set{i}({(type.IsReference ? "" : "ref ")}{member.DeclaringType} target, {member.Type} value);");
        }
    }

    private static void WriteBody(Code code, ObjectModel type)
    {
        if (type.Members.Count == 0)
        {
            code.Line($"public override global::Warren.Payload Encode({type.Type} value) => default;");
            code.Line($"public override bool TryDecode(in global::Warren.ReceivedBody body, out {type.Type} value, out string error) {{ value = default; error = \"\"; return true; }}");
            return;
        }
        var member = type.Members[0];
        code.Line($"public override global::Warren.Payload Encode({type.Type} value) => {member.RpcType}.Encode(value.{member.Access});");
        using var block = code.Block($"public override bool TryDecode(in global::Warren.ReceivedBody body, out {type.Type} value, out string error)");
        code.Line($"var isRead = {member.RpcType}.TryDecode(body, out var m0, out error);");
        code.Line($"value = isRead ? new {type.Type}(m0) : default;");
        code.Line("return isRead;");
    }

    private static void WriteNoJson(Code code, ObjectModel type)
    {
        code.Line($"public override bool TryRead(ref {Json}Utf8JsonReader reader, out {type.Type} value, {Flaw}) => throw new global::System.NotSupportedException();");
        code.Line($"public override void Write({Json}Utf8JsonWriter writer, {type.Type} value) => throw new global::System.NotSupportedException();");
    }

    private static void WriteRules(Code code, ObjectModel type)
    {
        if (!type.HasRules)
            return;
        code.Line("public override bool HasRules => true;");
        using var block = code.Block($"public override bool IsValid({type.Type} value, {Flaw})");
        if (type.IsReference)
        {
            code.Line("if (value is null)");
            code.Line("    return true;");
        }
        var instance = type.IsReference ? "value" : "null"; // A struct would be boxed for it.
        for (var i = 0; i < type.Members.Count; i++)
        {
            var member = type.Members[i];
            var name = Literal(member.WireName);
            if (member.Rules.Count > 0)
            {
                code.Line($"if (!global::Warren.RpcRules.Check(value.{member.Access}, {name}, {instance}, R{i}, ref flaw))");
                code.Line($"    return flaw.In({name});");
            }
            if (member.HasInnerRules)
            {
                code.Line($"if ({(member.MayBeNull ? $"value.{member.Access} is not null && " : "")}!{member.RpcType}.IsValid(value.{member.Access}, ref flaw))");
                code.Line($"    return flaw.In({name});");
            }
        }
        if (type.TypeRules.Count > 0)
        {
            code.Line($"if (!global::Warren.RpcRules.Check(value, {Literal(type.Words)}, {instance}, R, ref flaw))");
            code.Line("    return false;");
        }
        if (type.ValidatesItself)
        {
            code.Line($"if (!global::Warren.RpcRules.Check(value, {Literal(type.Words)}, ref flaw))");
            code.Line("    return false;");
        }
        code.Line("return true;");
    }
}
