namespace Warren.Generator.Model;

/// <summary>All that the generated code of a contract depends on: texts and flags, no symbols, so that equal means the same code.</summary>
/// <param name="Interface">The interface, as C#.</param>
/// <param name="ClassName">The class that is made.</param>
/// <param name="Address">Its address.</param>
/// <param name="Queue">The kind of its queue, as an expression; null when the contract does not say.</param>
/// <param name="Methods">Its methods, the inherited ones last.</param>
/// <param name="Objects">The records that travel.</param>
/// <param name="Types">The fields for the types put together from others, each after those that it needs.</param>
internal sealed record ContractModel(
    string Interface,
    string ClassName,
    string Address,
    string? Queue,
    EquatableArray<MethodModel> Methods,
    EquatableArray<ObjectModel> Objects,
    EquatableArray<TypeField> Types);

/// <summary>What comes back, as C# says it.</summary>
internal enum ResultShape
{
    Task,
    TaskOfValue,
    ValueTask,
    ValueTaskOfValue,
    Stream,
}

/// <summary>A method. <see cref="Reply"/> is an expression of its RpcType; the parameters are those that travel.</summary>
internal sealed record MethodModel(
    string DeclaringInterface,
    string Name,
    string WireName,
    string ReturnType,
    ResultShape Shape,
    bool IsOneWay,
    bool IsIdempotent,
    bool TakesToken,
    string ReplyType,
    string Reply,
    EquatableArray<string> Parameters,
    ObjectModel Arguments,
    EquatableArray<FaultModel> Faults);

/// <summary>A declared fault.</summary>
internal sealed record FaultModel(string WireName, string Type, string RpcType);

/// <summary>A static field that holds the RpcType of a collection, a nullable, an enumeration or a described type.</summary>
internal sealed record TypeField(string Name, string Type, string Expression);
