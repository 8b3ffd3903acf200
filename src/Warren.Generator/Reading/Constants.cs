using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Warren.Generator.Reading;

/// <summary>Constants and attributes as C# expressions.</summary>
internal static class Constants
{
    /// <summary>The default of an optional parameter.</summary>
    public static string Default(IParameterSymbol parameter) => Value(parameter.ExplicitDefaultValue, parameter.Type);

    /// <summary>An attribute as the expression that makes it again.</summary>
    public static string Attribute(AttributeData attribute)
    {
        var arguments = string.Join(", ", attribute.ConstructorArguments.Select(Value));
        var named = attribute.NamedArguments.Length == 0
            ? ""
            : $" {{ {string.Join(", ", attribute.NamedArguments.Select(pair => $"{Symbols.Escape(pair.Key)} = {Value(pair.Value)}"))} }}";
        return $"new {Symbols.FullName(attribute.AttributeClass!)}({arguments}){named}";
    }

    /// <summary>An argument of an attribute.</summary>
    public static string Of(TypedConstant constant) => Value(constant);

    private static string Value(TypedConstant constant) => constant.Kind switch
    {
        TypedConstantKind.Array when !constant.IsNull =>
            $"new {Symbols.FullName(constant.Type!)} {{ {string.Join(", ", constant.Values.Select(Value))} }}",
        TypedConstantKind.Type when constant.Value is ITypeSymbol type => $"typeof({TypeOfName(type)})",
        _ => Value(constant.IsNull ? null : constant.Value, constant.Type!),
    };

    private static string Value(object? value, ITypeSymbol type)
    {
        var bare = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;
        if (value is null)
            return type.IsReferenceType ? "null!" : $"default({Symbols.FullName(type)})";
        if (bare.TypeKind == TypeKind.Enum)
            return $"({Symbols.FullName(bare)})({Number(value)})";
        return value switch
        {
            bool truth => truth ? "true" : "false",
            string text => Symbols.Literal(text),
            char letter => SymbolDisplay.FormatLiteral(letter, quote: true),
            _ => $"({bare.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)})({Number(value)})",
        };
    }

    private static string Number(object value) => value switch
    {
        double number => double.IsNaN(number) ? "double.NaN" : double.IsPositiveInfinity(number) ? "double.PositiveInfinity"
            : double.IsNegativeInfinity(number) ? "double.NegativeInfinity" : number.ToString("R", CultureInfo.InvariantCulture) + "d",
        float number => float.IsNaN(number) ? "float.NaN" : float.IsPositiveInfinity(number) ? "float.PositiveInfinity"
            : float.IsNegativeInfinity(number) ? "float.NegativeInfinity" : number.ToString("R", CultureInfo.InvariantCulture) + "f",
        decimal number => number.ToString(CultureInfo.InvariantCulture) + "m",
        ulong number => number.ToString(CultureInfo.InvariantCulture) + "ul",
        long number => number == long.MinValue ? "long.MinValue" : number.ToString(CultureInfo.InvariantCulture) + "l",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "default",
    };

    private static string TypeOfName(ITypeSymbol type) =>
        type is INamedTypeSymbol { IsUnboundGenericType: true } unbound
            ? unbound.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)
            : type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
}
