using Microsoft.CodeAnalysis;

namespace Warren.Generator.Reading;

/// <summary>The application's JsonSerializerContext: which types it describes, by its [JsonSerializable] attributes and what they lead to.</summary>
internal sealed class JsonContext
{
    public const string BaseName = "System.Text.Json.Serialization.JsonSerializerContext";

    private readonly HashSet<ITypeSymbol> _described = new(SymbolEqualityComparer.Default);

    public JsonContext(INamedTypeSymbol type)
    {
        Type = type;
        foreach (var attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is { Name: "JsonSerializableAttribute" } && attribute.ConstructorArguments is [{ Value: ITypeSymbol root }, ..])
                Add(root);
        }
    }

    public INamedTypeSymbol Type { get; }

    public bool Describes(ITypeSymbol type) => _described.Contains(type);

    // What the other generator finds from a root, it finds too: elements, type arguments, properties and fields.
    private void Add(ITypeSymbol type)
    {
        if (type.TypeKind is TypeKind.Error or TypeKind.TypeParameter || !_described.Add(type))
            return;
        if (type is IArrayTypeSymbol array)
            Add(array.ElementType);
        if (type is not INamedTypeSymbol named)
            return;
        foreach (var argument in named.TypeArguments)
            Add(argument);
        if (type.SpecialType != SpecialType.None || Symbols.PathOf(type).StartsWith("System.", StringComparison.Ordinal))
            return;
        for (var declaring = named; declaring is not null && declaring.SpecialType != SpecialType.System_Object; declaring = declaring.BaseType)
        {
            foreach (var member in declaring.GetMembers())
            {
                if (member is IPropertySymbol { IsStatic: false, DeclaredAccessibility: Accessibility.Public } property)
                    Add(property.Type);
                else if (member is IFieldSymbol { IsStatic: false, DeclaredAccessibility: Accessibility.Public } field)
                    Add(field.Type);
            }
        }
        foreach (var attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is { Name: "JsonDerivedTypeAttribute" } && attribute.ConstructorArguments is [{ Value: ITypeSymbol derived }, ..])
                Add(derived);
        }
    }
}
