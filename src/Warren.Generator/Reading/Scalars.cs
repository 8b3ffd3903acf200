using Microsoft.CodeAnalysis;

namespace Warren.Generator.Reading;

/// <summary>The types that Warren.RpcTypes has a property for.</summary>
internal static class Scalars
{
    public static string? Find(ITypeSymbol type) => type switch
    {
        { SpecialType: SpecialType.System_Boolean } => "Boolean",
        { SpecialType: SpecialType.System_Byte } => "Byte",
        { SpecialType: SpecialType.System_SByte } => "SByte",
        { SpecialType: SpecialType.System_Int16 } => "Int16",
        { SpecialType: SpecialType.System_UInt16 } => "UInt16",
        { SpecialType: SpecialType.System_Int32 } => "Int32",
        { SpecialType: SpecialType.System_UInt32 } => "UInt32",
        { SpecialType: SpecialType.System_Int64 } => "Int64",
        { SpecialType: SpecialType.System_UInt64 } => "UInt64",
        { SpecialType: SpecialType.System_Single } => "Single",
        { SpecialType: SpecialType.System_Double } => "Double",
        { SpecialType: SpecialType.System_Decimal } => "Decimal",
        { SpecialType: SpecialType.System_Char } => "Char",
        { SpecialType: SpecialType.System_String } => "String",
        { SpecialType: SpecialType.System_DateTime } => "DateTime",
        IArrayTypeSymbol { IsSZArray: true, ElementType.SpecialType: SpecialType.System_Byte } => "Octets",
        INamedTypeSymbol { IsGenericType: true, Name: "ReadOnlyMemory", TypeArguments: [{ SpecialType: SpecialType.System_Byte }] } => "Memory",
        INamedTypeSymbol { IsGenericType: false } => Symbols.PathOf(type) switch
        {
            "System.Guid" => "Guid",
            "System.DateTimeOffset" => "DateTimeOffset",
            "System.DateOnly" => "DateOnly",
            "System.TimeOnly" => "TimeOnly",
            "System.TimeSpan" => "TimeSpan",
            "System.Uri" => "Uri",
            "System.Text.Json.JsonElement" => "Element",
            _ => null,
        },
        _ => null,
    };
}
