using Microsoft.CodeAnalysis;
using Warren.Generator.Model;

namespace Warren.Generator.Reading;

/// <summary>Reads plain records and classes: what can be made from its members, and taken apart into them, without a description.</summary>
internal sealed class ObjectReader(TypeReader types, Compilation compilation)
{
    private const string ValidationAttribute = "System.ComponentModel.DataAnnotations.ValidationAttribute";

    private readonly List<ObjectModel> _read = [];
    private int _reserved;

    public static bool IsOfTheRuntime(INamedTypeSymbol type) =>
        Symbols.PathOf(type) is var path && (path.StartsWith("System.", StringComparison.Ordinal) || path.StartsWith("Microsoft.", StringComparison.Ordinal))
        && path != "System.Collections.Generic.KeyValuePair";

    public string Reserve() => $"O{_reserved++}";

    /// <summary>Reads a type; null when all is well.</summary>
    public TypeProblem? Read(string className, INamedTypeSymbol type, bool rulesOnly)
    {
        if (!rulesOnly && WhyNotPlain(type) is { } reason)
            return new TypeProblem(type, reason);
        TypeProblem? problem = null;
        var members = rulesOnly ? RuledMembers(type) : Members(type, out problem);
        if (members is null)
            return problem;
        var model = new ObjectModel(
            className,
            Symbols.FullName(type.WithNullableAnnotation(NullableAnnotation.NotAnnotated)),
            $"a {type.Name}",
            rulesOnly ? ObjectKind.RulesOnly : ObjectKind.Record,
            type.IsReferenceType,
            HasRules: false,
            type.AllInterfaces.Any(each => Symbols.PathOf(each) == "System.ComponentModel.DataAnnotations.IValidatableObject"),
            RulesOf(type.GetAttributes()),
            members);
        _read.Add(model);
        return null;
    }

    /// <summary>The arguments of a method are an object too.</summary>
    public ObjectModel Arguments(string className, string type, List<(IParameterSymbol Parameter, TypeRef Type)> parameters, bool isBody)
    {
        var members = new List<MemberModel>();
        foreach (var (parameter, reference) in parameters)
        {
            members.Add(new MemberModel(
                $"p{members.Count}", Symbols.CamelCase(parameter.Name), reference.Type, "", reference.RpcType, MemberKind.Constructor,
                parameter.HasExplicitDefaultValue ? Constants.Default(parameter) : null, reference.Objects.ToList(), HasInnerRules: false, MayBeNull: false,
                RulesOf(parameter.GetAttributes())));
        }
        return new ObjectModel(className, type, "an object", isBody ? ObjectKind.Body : ObjectKind.Arguments, false, false, false, new List<string>(), members);
    }

    /// <summary>The objects, each knowing whether there are rules in it, however deep.</summary>
    public List<ObjectModel> Finish() => _read.Select(Finish).OrderBy(model => model.ClassName, StringComparer.Ordinal).ToList();

    public ObjectModel Finish(ObjectModel model)
    {
        var ruled = Ruled();
        var members = model.Members.Select(member => member with { HasInnerRules = ruled.Overlaps(member.Holds) }).ToList();
        return model with { Members = members, HasRules = HasOwnRules(model) || members.Any(member => member.HasInnerRules) };
    }

    private HashSet<string> Ruled()
    {
        var ruled = new HashSet<string>(_read.Where(HasOwnRules).Select(model => model.ClassName));
        while (_read.Any(model => model.Members.Any(member => ruled.Overlaps(member.Holds)) && ruled.Add(model.ClassName)))
        {
            // Until no object is added: records may hold each other.
        }
        return ruled;
    }

    private static bool HasOwnRules(ObjectModel model) => model.ValidatesItself || model.TypeRules.Count > 0 || model.Members.Any(member => member.Rules.Count > 0);

    private static string? WhyNotPlain(INamedTypeSymbol type)
    {
        if (type.IsAbstract || type.TypeKind == TypeKind.Interface)
            return "it is abstract, and only you know which types stand behind it";
        if (type.IsTupleType)
            return "it is a tuple, whose names the other side does not know";
        if (IsOfTheRuntime(type) || type.SpecialType != SpecialType.None)
            return "it is a type of the runtime that Warren knows no JSON for";
        if (type.AllInterfaces.Any(each => each.SpecialType == SpecialType.System_Collections_IEnumerable))
            return "it is a collection that Warren does not know";
        if (type.BaseType is { SpecialType: SpecialType.None } parent && WhyNotParent(parent) is { } reason)
            return reason;
        return JsonAttributeOf(type) is { } attribute ? $"it has [{attribute}]" : null;
    }

    private static string? WhyNotParent(INamedTypeSymbol? parent)
    {
        for (; parent is { SpecialType: SpecialType.None }; parent = parent.BaseType)
        {
            if (IsOfTheRuntime(parent))
                return $"it derives from {Symbols.ShortName(parent)}";
            if (JsonAttributeOf(parent) is { } attribute)
                return $"{Symbols.ShortName(parent)}, from which it derives, has [{attribute}]";
        }
        return null;
    }

    // Attributes that System.Text.Json's own generator understands and this one does not.
    private static string? JsonAttributeOf(ISymbol symbol) => symbol.GetAttributes()
        .Select(attribute => attribute.AttributeClass)
        .FirstOrDefault(type => type is not null && Symbols.PathOf(type).StartsWith("System.Text.Json.Serialization.", StringComparison.Ordinal)
            && type.Name is not ("JsonPropertyNameAttribute" or "JsonIgnoreAttribute" or "JsonRequiredAttribute" or "JsonConstructorAttribute"))?.Name.Replace("Attribute", "");

    private List<MemberModel>? Members(INamedTypeSymbol type, out TypeProblem? problem)
    {
        problem = null;
        var properties = PropertiesOf(type);
        if (FieldsOf(type) is { } field)
        {
            problem = new TypeProblem(type, $"its field {field} is public, and only properties travel");
            return null;
        }
        var constructor = ConstructorOf(type, properties);
        if (constructor is null)
        {
            problem = new TypeProblem(type, "it has no public constructor, or no single one, whose parameters are its properties; [JsonConstructor] chooses one of several");
            return null;
        }
        var members = new List<MemberModel>();
        foreach (var parameter in constructor.Parameters)
        {
            var property = properties.First(each => Matches(each, parameter));
            properties.Remove(property);
            if (IsIgnored(property))
            {
                problem = new TypeProblem(type, $"{property.Name} has [JsonIgnore], and the constructor needs it");
                return null;
            }
            if (Member(property, MemberKind.Constructor, parameter, out problem) is not { } member)
                return null;
            members.Add(member);
        }
        foreach (var property in properties)
        {
            if (property.SetMethod is not { DeclaredAccessibility: Accessibility.Public } setter || IsIgnored(property))
                continue;
            var isRequired = property.IsRequired || Symbols.FindAttribute(property, "System.Text.Json.Serialization.JsonRequiredAttribute") is not null;
            var kind = isRequired ? MemberKind.Required : setter.IsInitOnly ? MemberKind.InitOnly : MemberKind.Settable;
            if (kind == MemberKind.InitOnly && property.ContainingType.IsGenericType)
            {
                problem = new TypeProblem(type, $"{property.Name} is init-only in a generic type: make it required, or give it a setter");
                return null;
            }
            if (Member(property, kind, parameter: null, out problem) is not { } member)
                return null;
            members.Add(member);
        }
        if (members.GroupBy(member => member.WireName).FirstOrDefault(group => group.Count() > 1)?.Key is not { } clash)
            return members;
        problem = new TypeProblem(type, $"two of its members are named \"{clash}\"", Clash: clash);
        return null;
    }

    private MemberModel? Member(IPropertySymbol property, MemberKind kind, IParameterSymbol? parameter, out TypeProblem? problem)
    {
        if (JsonAttributeOf(property) is { } attribute)
        {
            problem = new TypeProblem(property.ContainingType, $"{property.Name} has [{attribute}]");
            return null;
        }
        if (types.Read(property.Type, out problem) is not { } reference)
            return null;
        var name = Symbols.FindAttribute(property, "System.Text.Json.Serialization.JsonPropertyNameAttribute")?.ConstructorArguments[0].Value as string;
        return new MemberModel(
            Symbols.Escape(property.Name), name ?? Symbols.CamelCase(property.Name), reference.Type, Symbols.FullName(property.ContainingType), reference.RpcType, kind,
            parameter is { HasExplicitDefaultValue: true } ? Constants.Default(parameter) : null, reference.Objects.ToList(),
            HasInnerRules: false, property.Type.IsReferenceType, RulesOf([.. property.GetAttributes(), .. parameter?.GetAttributes() ?? []]));
    }

    // For a type that somebody else reads: only what has rules, or holds what has.
    private List<MemberModel> RuledMembers(INamedTypeSymbol type)
    {
        var members = new List<MemberModel>();
        var parameters = type.InstanceConstructors.SelectMany(constructor => constructor.Parameters).ToList();
        foreach (var property in PropertiesOf(type))
        {
            var rules = RulesOf([.. property.GetAttributes(), .. parameters.Where(each => each.Name == property.Name).SelectMany(each => each.GetAttributes())]);
            var reference = types.Read(property.Type, out _);
            if (rules.Count == 0 && (reference is null || reference.Objects.Count == 0))
                continue;
            members.Add(new MemberModel(
                Symbols.Escape(property.Name), Symbols.CamelCase(property.Name), Symbols.FullName(property.Type), "", reference?.RpcType ?? "", MemberKind.Settable, null,
                reference?.Objects.ToList() ?? [], HasInnerRules: false, property.Type.IsReferenceType, rules));
        }
        return members;
    }

    // Always is 1, and the default. The conditions only say what need not be written; it is written here, and read there.
    private static bool IsIgnored(IPropertySymbol property) =>
        Symbols.FindAttribute(property, "System.Text.Json.Serialization.JsonIgnoreAttribute") is { } attribute
        && attribute.NamedArguments.All(pair => pair.Key != "Condition" || pair.Value.Value is 1);

    private static List<IPropertySymbol> PropertiesOf(INamedTypeSymbol type)
    {
        var properties = new List<IPropertySymbol>();
        for (var declaring = type; declaring is not null && declaring.SpecialType is not (SpecialType.System_Object or SpecialType.System_ValueType); declaring = declaring.BaseType)
        {
            var own = declaring.GetMembers().OfType<IPropertySymbol>().Where(property =>
                property is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, GetMethod.DeclaredAccessibility: Accessibility.Public }
                && properties.All(known => known.Name != property.Name));
            properties.InsertRange(0, own.ToList());
        }
        return properties;
    }

    private static string? FieldsOf(INamedTypeSymbol type) => type.GetMembers().OfType<IFieldSymbol>()
        .FirstOrDefault(field => field is { IsStatic: false, DeclaredAccessibility: Accessibility.Public, IsImplicitlyDeclared: false })?.Name;

    private IMethodSymbol? ConstructorOf(INamedTypeSymbol type, List<IPropertySymbol> properties)
    {
        var all = type.InstanceConstructors.Where(each => each.DeclaredAccessibility == Accessibility.Public && compilation.IsSymbolAccessibleWithin(each, compilation.Assembly)).ToList();
        if (all.FirstOrDefault(each => Symbols.FindAttribute(each, "System.Text.Json.Serialization.JsonConstructorAttribute") is not null) is { } chosen)
            return Fits(chosen) ? chosen : null;
        var empty = all.FirstOrDefault(each => each.Parameters.Length == 0);
        var full = all.Where(each => each.Parameters.Length > 0).ToList();
        if (full.Count == 1 && Fits(full[0]) && (empty is null || empty.IsImplicitlyDeclared || type.IsRecord))
            return full[0];
        return empty;

        bool Fits(IMethodSymbol constructor) => constructor.Parameters.All(parameter => properties.Any(property => Matches(property, parameter)));
    }

    private static bool Matches(IPropertySymbol property, IParameterSymbol parameter) =>
        string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && SymbolEqualityComparer.Default.Equals(property.Type, parameter.Type);

    private List<string> RulesOf(IEnumerable<AttributeData> attributes) => attributes
        .Where(attribute => attribute.AttributeClass is { } type && Symbols.DerivesFrom(type, ValidationAttribute) && compilation.IsSymbolAccessibleWithin(type, compilation.Assembly))
        .Select(Constants.Attribute).ToList();
}
