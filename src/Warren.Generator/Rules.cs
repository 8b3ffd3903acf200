using Microsoft.CodeAnalysis;

namespace Warren.Generator;

/// <summary>What can be wrong with a contract. docs/diagnostics.md has a section for each.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor CannotTravel = Error(
        "WARREN001", "A parameter, result or fault cannot travel", "{0} of {1} cannot travel: {2}. {3}");

    public static readonly DiagnosticDescriptor NoToken = new(
        "WARREN002", "A method takes no CancellationToken",
        "{0} takes no CancellationToken, so its callers cannot give up and its server does not see the deadline. Add one as the last parameter.",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: Help("WARREN002"));

    public static readonly DiagnosticDescriptor TokenNotLast = Error(
        "WARREN003", "The CancellationToken is not the last parameter", "The CancellationToken of {0} has to be its last parameter, and the only one");

    public static readonly DiagnosticDescriptor MethodClash = Error(
        "WARREN004", "Two methods have one name on the wire", "{0} has more than one method that is named \"{1}\" on the wire. Add [RpcMethod(\"...\")] to tell them apart.");

    public static readonly DiagnosticDescriptor StreamIsNeither = Error(
        "WARREN005", "[Idempotent] or [OneWay] on a method that streams", "{0} streams, and a stream cannot be {1}: it is never sent again, and it has replies");

    public static readonly DiagnosticDescriptor OneWayResult = Error(
        "WARREN006", "[OneWay] on a method with a result", "{0} is [OneWay], so nothing comes back. It has to return Task or ValueTask.");

    public static readonly DiagnosticDescriptor NotAMethod = Error(
        "WARREN007", "A member that cannot be called", "{0} is {1}, and only methods can be called over a broker");

    public static readonly DiagnosticDescriptor Generic = Error(
        "WARREN008", "A generic contract or method", "{0} is generic, and the other side cannot know what for. Write one method or contract per type.");

    public static readonly DiagnosticDescriptor ByReference = Error(
        "WARREN009", "A ref, in or out parameter", "The parameter {0} of {1} is passed by reference, which cannot reach another process. Return it instead.");

    public static readonly DiagnosticDescriptor NotATask = Error(
        "WARREN010", "A result that is not a Task",
        "{0} returns {1}. A call takes time: return Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>.");

    public static readonly DiagnosticDescriptor AddressClash = new(
        "WARREN011", "Two contracts have one address", "{0} has the address \"{1}\", and so has {2}. Give one of them another: [RpcContract(Name = \"...\")].",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Help("WARREN011"), customTags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor NotAContext = Error(
        "WARREN012", "Json is not a JsonSerializerContext",
        "{0} is not a JsonSerializerContext that generated code can use. Write: [JsonSerializable(typeof(...))] internal partial class {1} : JsonSerializerContext;");

    public static readonly DiagnosticDescriptor Hidden = Error(
        "WARREN013", "A contract that generated code cannot see", "Generated code cannot see {0}. Make it, and the types around it, internal or public.");

    public static readonly DiagnosticDescriptor MemberClash = Error(
        "WARREN014", "Two parameters or members have one name on the wire", "{0} has more than one {1} that is named \"{2}\" on the wire");

    public static readonly DiagnosticDescriptor FaultClash = Error(
        "WARREN015", "Two faults have one name on the wire", "{0} declares more than one fault that is named \"{1}\" on the wire");

    public static readonly DiagnosticDescriptor BadName = Error(
        "WARREN016", "A name that cannot be an address or a method", "\"{0}\" cannot be {1}: it has to be 1 to {2} octets of UTF-8{3}");

    public static readonly DiagnosticDescriptor OneWayFault = Error(
        "WARREN017", "[Raises] on a [OneWay] method", "{0} is [OneWay], so nothing comes back, and a fault neither. Take [OneWay] or [Raises] off.");

    public static readonly DiagnosticDescriptor NotAFormat = Error(
        "WARREN018", "Format is not a BodyFormat", "{0} is not a BodyFormat that generated code can make. It needs to be a class with a constructor without parameters, internal or public.");

    public static readonly DiagnosticDescriptor TooManyForAFormat = Error(
        "WARREN019", "More than one parameter in a contract with a format",
        "{0} has {1} parameters, and a contract with a Format sends one value. Put them into one record.");

    private const string Category = "Warren.Contracts";

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Help(id));

    private static string Help(string id) => $"docs/diagnostics.md#{id.ToLowerInvariant()}";
}
