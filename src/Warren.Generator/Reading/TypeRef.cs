namespace Warren.Generator.Reading;

/// <summary>A type that travels.</summary>
/// <param name="Type">As C#.</param>
/// <param name="RpcType">An expression of its RpcType.</param>
/// <param name="Objects">The classes of the objects that it holds, whose rules are its rules.</param>
internal sealed record TypeRef(string Type, string RpcType, IReadOnlyList<string> Objects);
