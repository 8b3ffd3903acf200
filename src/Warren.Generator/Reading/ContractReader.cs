using System.Text;
using Microsoft.CodeAnalysis;
using Warren.Generator.Model;

namespace Warren.Generator.Reading;

/// <summary>Reads a contract. The generator takes the model, the analyzer what is wrong.</summary>
internal sealed class ContractReader
{
    public const string AttributeName = "Warren.RpcContractAttribute";

    private readonly INamedTypeSymbol _contract;
    private readonly AttributeData _attribute;
    private readonly Compilation _compilation;
    private readonly List<Diagnostic> _diagnostics = [];

    public ContractReader(INamedTypeSymbol contract, AttributeData attribute, Compilation compilation)
    {
        _contract = contract;
        _attribute = attribute;
        _compilation = compilation;
        Address = Named("Name") as string ?? Symbols.AddressOf(contract.Name);
    }

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public string Address { get; }

    /// <summary>The contract; null when there is an error in it.</summary>
    public ContractModel? Read(CancellationToken cancellationToken)
    {
        CheckContract();
        var methods = new List<MethodModel>();
        var types = new TypeReader(_compilation, ReadContext(), ReadFormat());
        foreach (var member in Members())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false } method)
            {
                if (new MethodReader(_contract, method, types, _diagnostics).Read(methods.Count) is { } model)
                    methods.Add(model);
            }
            else if (member is IPropertySymbol or IEventSymbol or IMethodSymbol { IsStatic: true, MethodKind: MethodKind.Ordinary })
            {
                Report(Rules.NotAMethod, member, Symbols.ShortName(member.ContainingType) + "." + member.Name, member switch
                {
                    IPropertySymbol { IsIndexer: true } => "an indexer",
                    IPropertySymbol => "a property",
                    IEventSymbol => "an event",
                    _ => "static",
                });
            }
        }
        CheckNames();
        if (_diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            return null;
        var finished = methods.Select(method => method with { Arguments = types.Objects.Finish(method.Arguments) }).ToList();
        return new ContractModel(Symbols.FullName(_contract), ClassName(), Address, Queue(), finished, types.Objects.Finish(), types.Fields);
    }

    private void CheckContract()
    {
        if (_contract.IsGenericType)
            Report(Rules.Generic, _contract, Symbols.ShortName(_contract));
        if (!_compilation.IsSymbolAccessibleWithin(_contract, _compilation.Assembly) || _contract.IsFileLocal)
            Report(Rules.Hidden, _contract, Symbols.ShortName(_contract));
        if (Encoding.UTF8.GetByteCount(Address) is 0 or > 255 || Address.StartsWith("amq.", StringComparison.Ordinal))
            Report(Rules.BadName, _contract, Address, "an address", 255, ", and amq. belongs to the broker");
    }

    // What has a body in the interface is a convenience of the caller's and does not travel.
    private IEnumerable<ISymbol> Members() => new[] { _contract }.Concat(_contract.AllInterfaces).SelectMany(type => type.GetMembers()).Where(member => member.IsAbstract);

    private void CheckNames()
    {
        var names = new HashSet<string>();
        foreach (var method in Members().OfType<IMethodSymbol>().Where(method => method.MethodKind == MethodKind.Ordinary))
        {
            var name = MethodReader.WireNameOf(method);
            if (!names.Add(name))
                Report(Rules.MethodClash, method, _contract.Name, name);
        }
    }

    private JsonContext? ReadContext()
    {
        if (Named("Json") is not ITypeSymbol type)
            return null;
        if (type is INamedTypeSymbol named && type.TypeKind == TypeKind.Class && !type.IsAbstract && Symbols.DerivesFrom(type, JsonContext.BaseName) && HasDefault(named))
            return new JsonContext(named);
        _diagnostics.Add(Diagnostic.Create(Rules.NotAContext, AttributePlace(), Symbols.ShortName(type), type.Name));
        return null;
    }

    private INamedTypeSymbol? ReadFormat()
    {
        if (Named("Format") is not ITypeSymbol type)
            return null;
        if (type is INamedTypeSymbol { TypeKind: TypeKind.Class, IsAbstract: false } named && Symbols.DerivesFrom(type, "Warren.BodyFormat")
            && _compilation.IsSymbolAccessibleWithin(type, _compilation.Assembly)
            && named.InstanceConstructors.Any(each => each.Parameters.Length == 0 && each.DeclaredAccessibility == Accessibility.Public))
            return named;
        _diagnostics.Add(Diagnostic.Create(Rules.NotAFormat, AttributePlace(), Symbols.ShortName(type)));
        return null;
    }

    // The generator of System.Text.Json adds Default to partial classes, unseen from here.
    private bool HasDefault(INamedTypeSymbol type) =>
        _compilation.IsSymbolAccessibleWithin(type, _compilation.Assembly)
        && (SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation.Assembly) || type.GetMembers("Default").Length > 0);

    private object? Named(string name) => _attribute.NamedArguments.FirstOrDefault(pair => pair.Key == name).Value.Value;

    private string? Queue() => _attribute.NamedArguments.FirstOrDefault(pair => pair.Key == "Queue") is { Key: not null } pair ? Constants.Of(pair.Value) : null;

    private Location AttributePlace() => _attribute.ApplicationSyntaxReference is { } syntax ? Location.Create(syntax.SyntaxTree, syntax.Span) : Symbols.Place(_contract, _contract);

    // A_B.C and A.B_C must not meet: an underscore of the name's own is doubled.
    private string ClassName()
    {
        var name = Symbols.PathOf(_contract).Replace("_", "__").Replace('.', '_');
        return Symbols.Escape(name) == name ? name : name + "_";
    }

    private void Report(DiagnosticDescriptor rule, ISymbol symbol, params object[] arguments) =>
        _diagnostics.Add(Diagnostic.Create(rule, Symbols.Place(symbol, _contract), arguments));
}
