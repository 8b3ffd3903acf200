using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Warren;

/// <summary>For generated code: DataAnnotations, checked by .NET's own validator. The attributes come from generated code, so nothing is looked up.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcRules
{
    private static readonly object Nothing = new(); // A context has to have an instance; a parameter has none.

    /// <summary>Checks a member's value. The flaw is what the first attribute says that refuses it.</summary>
    public static bool Check(object? value, string name, object? instance, ValidationAttribute[] attributes, ref RpcFlaw flaw)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var context = new ValidationContext(instance ?? Nothing, name, serviceProvider: null, items: null);
        if (Validator.TryValidateValue(value, context, validationResults: null, attributes))
            return true;
        var results = new List<ValidationResult>();
        Validator.TryValidateValue(value, context, results, attributes);
        return flaw.Is(results.Count > 0 ? results[0].ErrorMessage ?? "refused" : "refused");
    }

    /// <summary>Lets an object check itself, when its members are in order.</summary>
    public static bool Check(IValidatableObject value, string name, ref RpcFlaw flaw)
    {
        ArgumentNullException.ThrowIfNull(value);
        var context = new ValidationContext(value, name, serviceProvider: null, items: null);
        foreach (var result in value.Validate(context))
        {
            if (result is null || result == ValidationResult.Success)
                continue;
            flaw.Is(result.ErrorMessage ?? "refused");
            return result.MemberNames.FirstOrDefault() is { Length: > 0 } member ? flaw.In(member) : false;
        }
        return true;
    }
}
