using System.Text;
using Microsoft.CodeAnalysis;
using Warren.Generator.Model;

namespace Warren.Generator.Reading;

/// <summary>Reads a method of a contract.</summary>
internal sealed class MethodReader(INamedTypeSymbol contract, IMethodSymbol method, TypeReader types, List<Diagnostic> diagnostics)
{
    private readonly string _name = $"{contract.Name}.{method.Name}";

    public static string WireNameOf(IMethodSymbol method) =>
        Symbols.FindAttribute(method, "Warren.RpcMethodAttribute") is { ConstructorArguments: [{ Value: string name }] } ? name : method.Name;

    /// <summary>The method; null when it cannot be called.</summary>
    public MethodModel? Read(int index)
    {
        if (method.IsGenericMethod)
        {
            Report(Rules.Generic, method, _name);
            return null;
        }
        var wireName = WireNameOf(method);
        if (Encoding.UTF8.GetByteCount(wireName) is 0 or > 255)
            Report(Rules.BadName, method, wireName, "the name of a method", 255, "");
        var takesToken = CheckToken();
        var isOneWay = Symbols.FindAttribute(method, "Warren.OneWayAttribute") is not null;
        var isIdempotent = Symbols.FindAttribute(method, "Warren.IdempotentAttribute") is not null;
        var parameters = ReadParameters();
        if (ShapeOf(method.ReturnType) is not { } shape)
        {
            Report(Rules.NotATask, method, _name, method.ReturnsVoid ? "void" : Symbols.ShortName(method.ReturnType));
            return null;
        }
        CheckAttributes(shape, isOneWay, isIdempotent);
        var reply = ReadReply(shape);
        var faults = ReadFaults();
        if (isOneWay && shape != ResultShape.Stream && faults is { Count: > 0 })
            Report(Rules.OneWayFault, method, _name);
        if (parameters is null || reply is null || faults is null)
            return null;
        return new MethodModel(
            Symbols.FullName(method.ContainingType), Symbols.Escape(method.Name), wireName, Symbols.FullName(method.ReturnType), shape, isOneWay, isIdempotent, takesToken,
            reply.Type, reply.RpcType, method.Parameters.Select(ParameterText).ToList(), types.Objects.Arguments($"A{index}Type", $"A{index}", parameters, isBody: types.HasFormat), faults);
    }

    // A token is the empty text, so that the writer need not look for it again.
    private static string ParameterText(IParameterSymbol parameter) => IsToken(parameter) ? "" : Symbols.FullName(parameter.Type);

    private static bool IsToken(IParameterSymbol parameter) => Symbols.PathOf(parameter.Type) == "System.Threading.CancellationToken";

    private static ResultShape? ShapeOf(ITypeSymbol type) => (Symbols.PathOf(type), (type as INamedTypeSymbol)?.Arity) switch
    {
        ("System.Threading.Tasks.Task", 0) => ResultShape.Task,
        ("System.Threading.Tasks.Task", 1) => ResultShape.TaskOfValue,
        ("System.Threading.Tasks.ValueTask", 0) => ResultShape.ValueTask,
        ("System.Threading.Tasks.ValueTask", 1) => ResultShape.ValueTaskOfValue,
        ("System.Collections.Generic.IAsyncEnumerable", 1) => ResultShape.Stream,
        _ => null,
    };

    private bool CheckToken()
    {
        var tokens = method.Parameters.Where(IsToken).ToList();
        if (tokens.Count == 0 && !IsToldElsewhere())
            Report(Rules.NoToken, method, _name);
        foreach (var token in tokens.Where(token => token.Ordinal != method.Parameters.Length - 1))
            Report(Rules.TokenNotLast, token, _name);
        return tokens.Count > 0;
    }

    // An inherited method of an interface that is a contract too: said there.
    private bool IsToldElsewhere() =>
        !SymbolEqualityComparer.Default.Equals(method.ContainingType, contract) && Symbols.FindAttribute(method.ContainingType, ContractReader.AttributeName) is not null;

    private void CheckAttributes(ResultShape shape, bool isOneWay, bool isIdempotent)
    {
        if (shape == ResultShape.Stream && (isOneWay || isIdempotent))
            Report(Rules.StreamIsNeither, method, _name, isOneWay ? "[OneWay]" : "[Idempotent]");
        else if (isOneWay && shape is (ResultShape.TaskOfValue or ResultShape.ValueTaskOfValue))
            Report(Rules.OneWayResult, method, _name);
    }

    private List<(IParameterSymbol, TypeRef)>? ReadParameters()
    {
        var parameters = new List<(IParameterSymbol, TypeRef)>();
        var names = new HashSet<string>();
        var complete = true;
        foreach (var parameter in method.Parameters.Where(parameter => !IsToken(parameter)))
        {
            if (parameter.RefKind != RefKind.None)
            {
                Report(Rules.ByReference, parameter, parameter.Name, _name);
                complete = false;
                continue;
            }
            if (!names.Add(Symbols.CamelCase(parameter.Name)))
                Report(Rules.MemberClash, parameter, _name, "parameter", Symbols.CamelCase(parameter.Name));
            if (ReadType(parameter.Type, $"The parameter {parameter.Name}", parameter, isBody: true) is { } type)
                parameters.Add((parameter, type));
            else
                complete = false;
        }
        if (types.HasFormat && parameters.Count > 1)
            Report(Rules.TooManyForAFormat, method, _name, parameters.Count);
        return complete ? parameters : null;
    }

    private TypeRef? ReadReply(ResultShape shape) => shape is ResultShape.Task or ResultShape.ValueTask
        ? new TypeRef("global::Warren.RpcVoid", "global::Warren.RpcTypes.Void", [])
        : ReadType(((INamedTypeSymbol)method.ReturnType).TypeArguments[0], "The result", method, isBody: true);

    private List<FaultModel>? ReadFaults()
    {
        var faults = new List<FaultModel>();
        var complete = true;
        foreach (var attribute in method.GetAttributes())
        {
            if (attribute.AttributeClass is not { Name: "RaisesAttribute", TypeArguments: [var fault] } type || Symbols.PathOf(type) != "Warren.RaisesAttribute")
                continue;
            if (faults.Any(known => known.WireName == fault.Name))
                Report(Rules.FaultClash, method, _name, fault.Name);
            if (ReadType(fault, "The fault", method) is { } reference)
                faults.Add(new FaultModel(fault.Name, reference.Type, reference.RpcType));
            else
                complete = false;
        }
        return complete ? faults : null;
    }

    private TypeRef? ReadType(ITypeSymbol type, string what, ISymbol place, bool isBody = false)
    {
        if ((isBody ? types.ReadBody(type, out var problem) : types.Read(type, out problem)) is { } reference)
            return reference;
        if (problem!.Clash is { } name)
            Report(Rules.MemberClash, place, Symbols.ShortName(problem.Type), "member", name);
        else if (type.TypeKind != TypeKind.Error) // The compiler has said more about it.
            Report(Rules.CannotTravel, place, what, _name, Why(type, problem), Remedy(problem));
        return null;
    }

    private static string Why(ITypeSymbol type, TypeProblem problem) =>
        SymbolEqualityComparer.Default.Equals(type, problem.Type) ? $"{Symbols.ShortName(type)}: {problem.Why}" : $"{Symbols.ShortName(type)} holds {Symbols.ShortName(problem.Type)}: {problem.Why}";

    private string Remedy(TypeProblem problem)
    {
        if (!problem.CanBeDescribed)
            return "Use a type that is only data";
        var line = $"[JsonSerializable(typeof({Symbols.ShortName(problem.Type.WithNullableAnnotation(NullableAnnotation.None))}))]";
        if (types.Context is { } context)
            return $"Add {line} to {context.Type.Name}";
        var name = (contract.Name.Length > 1 && contract.Name[0] == 'I' ? contract.Name.Substring(1) : contract.Name) + "Json";
        return $"Describe it: {line} internal partial class {name} : JsonSerializerContext; and [RpcContract(Json = typeof({name}))] on {contract.Name}";
    }

    private void Report(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments) =>
        diagnostics.Add(Diagnostic.Create(rule, Symbols.Place(symbol, contract), arguments));
}
