namespace Warren.Generator.Model;

/// <summary>A JSON object: a record, or the parameters of a method. It becomes a class that derives from RpcType.</summary>
/// <param name="ClassName">The class.</param>
/// <param name="Type">The C# type that it reads and writes.</param>
/// <param name="Words">The type in messages: an Order.</param>
/// <param name="Kind">Who reads and writes it, and how.</param>
/// <param name="IsReference">True when a value may be null by mistake.</param>
/// <param name="HasRules">True when it or something in it has validation attributes.</param>
/// <param name="ValidatesItself">True for an IValidatableObject.</param>
/// <param name="TypeRules">Validation attributes of the type, as expressions.</param>
/// <param name="Members">Its members, those of the constructor first and in its order.</param>
internal sealed record ObjectModel(
    string ClassName,
    string Type,
    string Words,
    ObjectKind Kind,
    bool IsReference,
    bool HasRules,
    bool ValidatesItself,
    EquatableArray<string> TypeRules,
    EquatableArray<MemberModel> Members);

/// <summary>Who reads and writes an object, and how.</summary>
internal enum ObjectKind
{
    /// <summary>A record, which is read and written as JSON.</summary>
    Record,

    /// <summary>Somebody else reads and writes it; it is only checked.</summary>
    RulesOnly,

    /// <summary>The parameters of a method, as one JSON object.</summary>
    Arguments,

    /// <summary>The parameter of a method whose body is that value, in a format of the contract's own.</summary>
    Body,
}

/// <summary>How a member gets its value.</summary>
internal enum MemberKind
{
    /// <summary>As an argument of the constructor.</summary>
    Constructor,

    /// <summary>In the object initializer, always.</summary>
    Required,

    /// <summary>By assignment, when it was there.</summary>
    Settable,

    /// <summary>By calling its init accessor, when it was there.</summary>
    InitOnly,
}

/// <summary>A member of a JSON object.</summary>
/// <param name="Access">What stands behind the dot.</param>
/// <param name="WireName">The name in JSON.</param>
/// <param name="Type">Its C# type.</param>
/// <param name="DeclaringType">The C# type that declares its accessors.</param>
/// <param name="RpcType">An expression of its RpcType.</param>
/// <param name="Kind">How it gets its value.</param>
/// <param name="Default">What it is when it is missing, as an expression; null when it may not be missing.</param>
/// <param name="Holds">The classes of the objects in it.</param>
/// <param name="HasInnerRules">True when its own type has rules.</param>
/// <param name="MayBeNull">True when null has to be stepped over.</param>
/// <param name="Rules">Its validation attributes, as expressions.</param>
internal sealed record MemberModel(
    string Access,
    string WireName,
    string Type,
    string DeclaringType,
    string RpcType,
    MemberKind Kind,
    string? Default,
    EquatableArray<string> Holds,
    bool HasInnerRules,
    bool MayBeNull,
    EquatableArray<string> Rules);
