using Microsoft.CodeAnalysis;

namespace Warren.Generator.Reading;

/// <summary>A collection that Warren.RpcTypes can make.</summary>
internal sealed record Collection(ITypeSymbol Item, string Factory)
{
    private const string Space = "System.Collections.Generic.";

    public static Collection? Find(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol { IsSZArray: true } array)
            return array.ElementType.SpecialType == SpecialType.System_Byte ? null : new Collection(array.ElementType, "Array");
        if (type is not INamedTypeSymbol { IsGenericType: true } named)
            return null;
        return (Symbols.PathOf(type), named.TypeArguments) switch
        {
            (Space + "List" or Space + "IList" or Space + "ICollection" or Space + "IReadOnlyList" or Space + "IReadOnlyCollection" or Space + "IEnumerable", [var item]) =>
                new Collection(item, "List"),
            (Space + "HashSet" or Space + "ISet" or Space + "IReadOnlySet", [var item]) => new Collection(item, "Set"),
            (Space + "Dictionary" or Space + "IDictionary" or Space + "IReadOnlyDictionary", [{ SpecialType: SpecialType.System_String }, var item]) =>
                new Collection(item, "Map"),
            _ => null,
        };
    }

    public string Expression(string type, string itemType, string item) =>
        Factory == "Array" ? $"global::Warren.RpcTypes.Array<{itemType}>({item})" : $"global::Warren.RpcTypes.{Factory}<{type}, {itemType}>({item})";
}
