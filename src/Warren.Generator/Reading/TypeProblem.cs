using Microsoft.CodeAnalysis;

namespace Warren.Generator.Reading;

/// <summary>Why a type cannot travel.</summary>
/// <param name="Type">The type, or one that it holds.</param>
/// <param name="Why">A half sentence.</param>
/// <param name="CanBeDescribed">True when a JsonSerializerContext would help.</param>
/// <param name="Clash">The name that two of its members have on the wire, if that is what is wrong.</param>
internal sealed record TypeProblem(ITypeSymbol Type, string Why, bool CanBeDescribed = true, string? Clash = null);
