using Microsoft.CodeAnalysis;
using Warren.Generator.Model;

namespace Warren.Generator.Reading;

/// <summary>
/// Finds out how types travel: scalars, enumerations, nullables and collections by Warren.RpcTypes, what the application describes by its
/// JsonSerializerContext, and plain records by a class of their own.
/// </summary>
internal sealed class TypeReader
{
    private const string Types = "global::Warren.RpcTypes.";

    private readonly Dictionary<string, TypeRef> _known = [];
    private readonly Compilation _compilation;
    private readonly JsonContext? _context;
    private readonly INamedTypeSymbol? _format;
    private readonly Dictionary<string, TypeRef> _formatted = [];
    private readonly ObjectReader _objects;

    public TypeReader(Compilation compilation, JsonContext? context, INamedTypeSymbol? format)
    {
        _compilation = compilation;
        _context = context;
        _format = format;
        _objects = new ObjectReader(this, compilation);
    }

    /// <summary>The fields that the types need, each after those that it needs.</summary>
    public List<TypeField> Fields { get; } = [];

    public ObjectReader Objects => _objects;

    public JsonContext? Context => _context;

    /// <summary>True when the contract brings a format of its own.</summary>
    public bool HasFormat => _format is not null;

    /// <summary>How a type travels; null when it does not, and then <paramref name="problem"/> says why.</summary>
    public TypeRef? Read(ITypeSymbol type, out TypeProblem? problem)
    {
        problem = null;
        var name = Symbols.FullName(type);
        if (_known.TryGetValue(name, out var known))
            return known;
        var found = Make(type, name, out problem);
        if (found is not null)
            _known[name] = found;
        return found;
    }

    /// <summary>How a type travels as a body of its own: in the contract's format, if it has one and the type is no scalar.</summary>
    public TypeRef? ReadBody(ITypeSymbol type, out TypeProblem? problem)
    {
        if (_format is null || Scalars.Find(type) is not null && type.NullableAnnotation != NullableAnnotation.Annotated)
            return Read(type, out problem);
        var name = Symbols.FullName(type);
        if (!_formatted.TryGetValue(name, out var reference) && Formatted(type, name, out problem) is { } made)
            _formatted[name] = reference = made;
        else
            problem = null;
        return reference;
    }

    private TypeRef? Formatted(ITypeSymbol type, string name, out TypeProblem? problem)
    {
        if (!IsVisible(type, out problem))
            return null;
        if (Impossible(type) is { } reason)
        {
            problem = new TypeProblem(type, reason, CanBeDescribed: false);
            return null;
        }
        var mayBeNull = type.NullableAnnotation == NullableAnnotation.Annotated;
        var expression = $"{Types}Formatted<{name}, {Symbols.FullName(_format!)}>";
        if (mayBeNull || type is not INamedTypeSymbol named || type.TypeKind is not (TypeKind.Class or TypeKind.Struct) || named.IsTupleType || ObjectReader.IsOfTheRuntime(named))
            return Field(name, $"{expression}(mayBeNull: {(mayBeNull ? "true" : "false")})");
        var className = _objects.Reserve();
        _objects.Read(className, named, rulesOnly: true);
        return Field(name, $"{expression}({className}.Instance)", new TypeRef(name, "", [className]));
    }

    private TypeRef? Make(ITypeSymbol type, string name, out TypeProblem? problem)
    {
        problem = null;
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            return Read(nullable.TypeArguments[0], out problem) is { } value ? Field(name, $"{Types}OrNullValue({value.RpcType})", value) : null;
        if (type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated)
        {
            var bare = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
            return Read(bare, out problem) is { } reference ? Field(name, $"{Types}OrNull({reference.RpcType})", reference) : null;
        }
        if (Scalars.Find(type) is { } scalar)
            return new TypeRef(name, Types + scalar, []);
        if (type.TypeKind == TypeKind.Enum)
            return IsVisible(type, out problem) ? Field(name, $"{Types}Enum<{name}>()") : null;
        if (_context is not null && _context.Describes(type) && Collection.Find(type) is null)
            return Described(type, name, out problem);
        if (Collection.Find(type) is { } collection)
            return Read(collection.Item, out problem) is { } item ? Field(name, collection.Expression(name, item.Type, item.RpcType), item) : null;
        return IsVisible(type, out problem) ? Plain(type, name, out problem) : null;
    }

    // The name is known before the members are read: a record may hold itself.
    private TypeRef? Plain(ITypeSymbol type, string name, out TypeProblem? problem)
    {
        if (Impossible(type) is { } reason)
        {
            problem = new TypeProblem(type, reason, CanBeDescribed: false);
            return null;
        }
        var className = _objects.Reserve();
        var reference = new TypeRef(name, $"{className}.Instance", [className]);
        _known[name] = reference;
        problem = _objects.Read(className, (INamedTypeSymbol)type, rulesOnly: false);
        if (problem is null)
            return reference;
        _known.Remove(name);
        return null;
    }

    private TypeRef? Described(ITypeSymbol type, string name, out TypeProblem? problem)
    {
        var context = $"{Symbols.FullName(_context!.Type)}.Default";
        if (!IsVisible(type, out problem))
            return null;
        if (type is not INamedTypeSymbol named || type.TypeKind is not (TypeKind.Class or TypeKind.Struct) || named.IsTupleType || ObjectReader.IsOfTheRuntime(named))
            return Field(name, $"{Types}Described<{name}>({context})");
        // The context reads and writes; rules stay ours to check.
        var className = _objects.Reserve();
        var field = Field(name, $"{Types}Described<{name}>({context}, {className}.Instance)", new TypeRef(name, "", [className]));
        _known[name] = field;
        _objects.Read(className, named, rulesOnly: true);
        return field;
    }

    private bool IsVisible(ITypeSymbol type, out TypeProblem? problem)
    {
        var visible = _compilation.IsSymbolAccessibleWithin(type, _compilation.Assembly);
        problem = visible ? null : new TypeProblem(type, "generated code cannot see it, because it or a type around it is private", CanBeDescribed: false);
        return visible;
    }

    private TypeRef Field(string type, string expression, TypeRef? inner = null)
    {
        var field = new TypeField($"T{Fields.Count}", type, expression);
        Fields.Add(field);
        return new TypeRef(type, $"T.{field.Name}", inner?.Objects ?? []);
    }

    // What is no data in any process but this one.
    private static string? Impossible(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Delegate } => "it is code, not data",
        { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => "it is an address of this process",
        { TypeKind: TypeKind.Error } => "it is not known",
        { TypeKind: TypeKind.TypeParameter } => "it could be anything",
        { TypeKind: TypeKind.Dynamic } => "it could be anything",
        { IsRefLikeType: true } => "it lives on the stack",
        { IsStatic: true } => "it is static",
        IArrayTypeSymbol => "it has more than one dimension",
        _ => Symbols.PathOf(type) switch
        {
            "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Threading.CancellationToken" => "it belongs to this process",
            "System.Collections.Generic.IAsyncEnumerable" => "streams go from the server to the client only, as a method's result",
            _ => null,
        },
    };
}
